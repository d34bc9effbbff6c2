//! A plan as a picture: nodes as boxes, their GPUs as cells, in the colours of the servers that have them.

use disaggc::plan::{Part, Plan, Role, Step};
use svg::Document;
use svg::node::element::{Group, Line, Rectangle, Style, Title};

use super::super::drawing::{CHARACTER, round, safe, text};
use super::super::status::cut;
use super::rows::{Row, Seat, nodes};
use super::table::{fitting, headline, name, note, of_kind, range, verdict};

const MARGIN: f64 = 20.0;
const LINE: f64 = 16.0;
const GAP: f64 = 10.0;
/// Around a node's cells, and around a domain's nodes.
const PADDING: f64 = 6.0;
const FRAME: f64 = 12.0;
/// Of a node's cells.
const INNER: f64 = 148.0;
const CELL: f64 = 30.0;
/// Between two GPUs of one server.
const TICK: f64 = 7.0;
/// A small character, as part of another's width.
const SMALL: f64 = 0.85;
/// Nodes of up to eight GPUs side by side.
const COLUMNS: usize = 6;
const NARROWEST: f64 = 620.0;
/// Programs without GPUs that a node's box names.
const MOST_NOTES: usize = 3;
/// Pools beyond share colours.
const COLOURS: usize = 8;
/// Light, and dark where the reader asks for it.
const CSS: &str = include_str!("picture.css");

/// The plan as an SVG file.
pub fn draw(plan: &Plan) -> String {
    format!("{}\n", document(plan))
}

/// The plan as an SVG element.
pub fn document(plan: &Plan) -> Document {
    let sheet = Sheet::of(plan);
    let mut y = MARGIN + 20.0;
    let mut parts = Group::new().add(text(MARGIN, y, "head", &headline(plan)));
    y += LINE + 4.0;
    parts = parts.add(text(MARGIN, y, "dim", &verdict(plan)));
    let (legend, below) = sheet.legend(y + LINE);
    parts = parts.add(legend);
    y = below + GAP;
    for group in &sheet.groups {
        let (drawn, below) = sheet.group(group, y);
        parts = parts.add(drawn);
        y = below + GAP;
    }
    let height = y - GAP + MARGIN;
    Document::new()
        .set("viewBox", format!("0 0 {} {}", round(sheet.width), round(height)))
        .set("width", round(sheet.width))
        .set("height", round(height))
        .add(Title::new(safe(&headline(plan))))
        .add(Style::new(CSS))
        .add(Rectangle::new().set("class", "page").set("width", "100%").set("height", "100%"))
        .add(parts)
}

/// Nodes that are drawn together.
struct Nodes {
    /// What the frame around them says, if they have one.
    title: Option<String>,
    rows: Vec<Row>,
}

struct Sheet<'a> {
    plan: &'a Plan,
    pools: Vec<&'a Role>,
    groups: Vec<Nodes>,
    /// Cells of a node side by side, and nodes.
    across: usize,
    columns: usize,
    width: f64,
}

/// NVLink domains, and nodes of kinds that have none; those of a job of one kind without domains need no frame.
fn groups(plan: &Plan) -> Vec<Nodes> {
    let rows = nodes(plan);
    let several = plan.components.len() > 1;
    let mut groups = Vec::new();
    let mut add = |from: u32, to: u32, title: Option<String>| {
        let rows = rows.iter().filter(|row| (from..=to).contains(&row.first)).cloned().collect();
        groups.push(Nodes { title, rows });
    };
    for component in plan.components.iter().filter(|component| component.nodes > 0) {
        let kind = if several { format!("{}; ", of_kind(component)) } else { String::new() };
        let numbers =
            |from: u32, to: u32| format!("node{} {}", if from == to { "" } else { "s" }, range(from, to));
        let mut domains =
            plan.placement.domains.iter().filter(|domain| component.has(domain.from)).peekable();
        if domains.peek().is_none() {
            let to = component.from + component.nodes - 1;
            let title = several.then(|| format!("{kind}{}", numbers(component.from, to)));
            add(component.from, to, title);
        }
        for domain in domains {
            let title = format!("{kind}NVLink domain: {}", numbers(domain.from, domain.to));
            add(domain.from, domain.to, Some(title));
        }
    }
    groups
}

/// As many as are allowed, or up to two less where that leaves fewer gaps.
fn columns(groups: &[Nodes], most: usize) -> usize {
    let longest = groups.iter().map(|group| group.rows.len()).max().unwrap_or(0).max(1);
    let gaps = |columns: &usize| -> usize {
        groups.iter().map(|group| group.rows.len().next_multiple_of(*columns) - group.rows.len()).sum()
    };
    match longest <= most {
        true => longest,
        false => (most.saturating_sub(2).max(1)..=most).rev().min_by_key(gaps).unwrap_or(most),
    }
}

impl<'a> Sheet<'a> {
    fn of(plan: &'a Plan) -> Self {
        let groups = groups(plan);
        let across = match plan.most_gpus() as usize {
            gpus @ ..=4 => gpus.max(1),
            5..=8 => 4,
            _ => 8,
        };
        let columns = columns(&groups, if across == 8 { COLUMNS / 2 } else { COLUMNS });
        let mut sheet = Sheet {
            plan,
            pools: plan.roles.iter().filter(|role| role.part == Part::Worker).collect(),
            groups,
            across,
            columns,
            width: 0.0,
        };
        let framed = sheet.groups.iter().any(|group| group.title.is_some());
        let side = MARGIN + if framed { FRAME } else { 0.0 };
        let boxes = columns as f64 * (sheet.box_width() + GAP) - GAP;
        let headline = headline(plan).chars().count() as f64 * CHARACTER * 1.35;
        sheet.width = (boxes + 2.0 * side).max(NARROWEST).max(headline + 2.0 * MARGIN);
        sheet
    }

    fn inner(&self) -> f64 {
        if self.across == 8 { 2.0 * INNER } else { INNER }
    }

    fn box_width(&self) -> f64 {
        self.inner() + 2.0 * PADDING
    }

    /// From `y` on; also where it ends.
    fn legend(&self, y: f64) -> (Group, f64) {
        let mut group = Group::new();
        let (mut x, mut y) = (MARGIN, y);
        let mut entry = |classes: &[String], words: &str, group: Group| {
            let width = 18.0 + words.chars().count() as f64 * CHARACTER + 16.0;
            if x > MARGIN && x + width > self.width - MARGIN {
                (x, y) = (MARGIN, y + LINE + 4.0);
            }
            let mut group = group;
            for (index, class) in classes.iter().enumerate() {
                let side = 12.0 / classes.len() as f64;
                let mark = Rectangle::new().set("class", class.as_str()).set("width", side).set("height", 12);
                group = group.add(mark.set("x", round(x + side * index as f64)).set("y", round(y - 2.0)));
            }
            let group = group.add(text(x + 18.0, y + 8.0, "", words));
            x += width;
            group
        };
        for (index, pool) in self.pools.iter().enumerate() {
            let servers: Vec<&Step> = self.plan.steps.iter().filter(|s| s.role == pool.name).collect();
            let gpus = servers.first().map_or(0, |step| step.nodes.iter().map(|n| n.gpus.len()).sum());
            let class = format!("pool{}", index % COLOURS);
            let both = [class.clone(), format!("{class} odd")];
            let shades = if servers.len() > 1 { &both[..] } else { &both[..1] };
            let plural = if gpus == 1 { "" } else { "s" };
            group = entry(shades, &format!("{}: {} × {gpus} GPU{plural}", pool.name, servers.len()), group);
        }
        let idle = self.idle();
        if idle > 0 {
            group = entry(&["idle".to_owned()], &format!("idle: {idle}"), group);
        }
        if !self.plan.placement.excluded_gpus.is_empty() {
            group = entry(&["excluded".to_owned()], "excluded from serving", group);
        }
        (group, y + LINE)
    }

    fn idle(&self) -> usize {
        let excluded = &self.plan.placement.excluded_gpus;
        let usable = |row: &Row| (0..row.gpus).filter(|gpu| !excluded.contains(gpu)).count();
        let rows = self.groups.iter().flat_map(|group| &group.rows);
        rows.map(|row| usable(row).saturating_sub(row.seats.iter().map(|seat| seat.gpus as usize).sum()))
            .sum()
    }

    /// Nodes in rows from `y` on, in a frame if they have a title; also where they end.
    fn group(&self, nodes: &Nodes, y: f64) -> (Group, f64) {
        let mut group = Group::new();
        let (mut left, mut top) = (MARGIN, y);
        if nodes.title.is_some() {
            (left, top) = (left + FRAME, top + FRAME + LINE);
        }
        for row in nodes.rows.chunks(self.columns) {
            let height = row.iter().map(|node| self.box_height(node)).fold(0.0, f64::max);
            for (column, node) in row.iter().enumerate() {
                let x = left + column as f64 * (self.box_width() + GAP);
                group = group.add(self.node(node, x, top, height));
            }
            top += height + GAP;
        }
        let Some(title) = &nodes.title else { return (group, top - GAP) };
        let bottom = top - GAP + FRAME;
        let wide =
            nodes.rows.len().clamp(1, self.columns) as f64 * (self.box_width() + GAP) - GAP + 2.0 * FRAME;
        let wide = wide.max(title.chars().count() as f64 * CHARACTER + 2.0 * FRAME);
        let frame = Rectangle::new().set("class", "domain").set("rx", 8).set("x", MARGIN).set("y", round(y));
        let group = Group::new()
            .add(frame.set("width", round(wide)).set("height", round(bottom - y)))
            .add(text(MARGIN + FRAME, y + FRAME + 6.0, "dim", title))
            .add(group);
        (group, bottom)
    }

    /// Programs without GPUs on a node.
    fn notes(&self, node: &Row) -> Vec<String> {
        let mut notes: Vec<String> = node.others.iter().filter(|other| !other.seated).map(note).collect();
        if notes.len() > MOST_NOTES {
            let more = notes.len() - MOST_NOTES + 1;
            notes.truncate(MOST_NOTES - 1);
            notes.push(format!("and {more} more"));
        }
        notes
    }

    fn lines_of_cells(&self, node: &Row) -> usize {
        (node.gpus as usize).div_ceil(self.across)
    }

    fn box_height(&self, node: &Row) -> f64 {
        let notes = self.notes(node).len() as f64 * LINE;
        LINE + self.lines_of_cells(node) as f64 * CELL + notes + 2.0 * PADDING + 2.0
    }

    fn node(&self, node: &Row, x: f64, y: f64, height: f64) -> Group {
        let frame = Rectangle::new().set("class", "node").set("rx", 4).set("x", round(x)).set("y", round(y));
        let mut group = Group::new()
            .add(frame.set("width", round(self.box_width())).set("height", round(height)))
            .add(text(x + PADDING, y + PADDING + 10.0, "dim", &format!("node {}", node.first)));
        let (x, top) = (x + PADDING, y + PADDING + LINE);
        let mut taken = vec![false; node.gpus as usize];
        for seat in &node.seats {
            for gpu in seat.gpu..seat.gpu + seat.gpus {
                taken.get_mut(gpu as usize).into_iter().for_each(|taken| *taken = true);
            }
            group = group.add(self.seat(node, seat, x, top));
        }
        for gpu in (0..taken.len()).filter(|gpu| !taken[*gpu]) {
            group = group.add(self.empty(node, gpu, x, top));
        }
        let notes = top + self.lines_of_cells(node) as f64 * CELL;
        for (index, line) in self.notes(node).iter().enumerate() {
            group = group.add(text(x, notes + 13.0 + LINE * index as f64, "", &self.cut_to_fit(line)));
        }
        group
    }

    fn cut_to_fit(&self, line: &str) -> String {
        cut(line, (self.inner() / CHARACTER) as usize)
    }

    /// Where a GPU's cell is.
    fn cell(&self, gpu: usize, x: f64, top: f64) -> (f64, f64, f64) {
        let width = self.inner() / self.across as f64;
        (x + (gpu % self.across) as f64 * width, top + (gpu / self.across) as f64 * CELL, width)
    }

    /// A server's GPUs that stand side by side: one shape for each line that they are on, and its name on the longest.
    fn seat(&self, node: &Row, seat: &Seat, x: f64, top: f64) -> Group {
        let step = name(&seat.who);
        let mut group = Group::new()
            .set("class", "server")
            .set("data-step", safe(&step))
            .add(Title::new(safe(&self.story(node, seat))));
        let (first, end) = (seat.gpu as usize, (seat.gpu + seat.gpus) as usize);
        let mut lines = Vec::new();
        let mut from = first;
        while from < end {
            let to = end.min((from / self.across + 1) * self.across);
            lines.push((from, to));
            from = to;
        }
        for &(from, to) in &lines {
            let (cell_x, cell_y, width) = self.cell(from, x, top);
            let shape = Rectangle::new()
                .set("class", self.class(seat))
                .set("rx", 3)
                .set("x", round(cell_x + 1.0))
                .set("y", round(cell_y + 1.0))
                .set("width", round(width * (to - from) as f64 - 2.0))
                .set("height", CELL - 2.0);
            group = group.add(shape);
            for gpu in from + 1..to {
                let (x, y, _) = self.cell(gpu, x, top);
                let cut = Line::new().set("class", "cut").set("x1", round(x)).set("x2", round(x));
                group = group.add(cut.set("y1", round(y + CELL - TICK)).set("y2", round(y + CELL - 1.0)));
            }
        }
        let longest = lines.iter().max_by_key(|(from, to)| (to - from, std::cmp::Reverse(*from)));
        if let Some(&(from, to)) = longest {
            let (cell_x, cell_y, width) = self.cell(from, x, top);
            let wide = width * (to - from) as f64;
            let room = (wide - 6.0) / CHARACTER;
            let small = name(&seat.who).chars().count() > room as usize;
            let words = fitting(seat, (if small { room / SMALL } else { room }) as usize);
            let class = if small { "on mid small" } else { "on mid" };
            group = group.add(text(cell_x + wide / 2.0, cell_y + CELL / 2.0 + 3.0, class, &words));
        }
        group
    }

    fn class(&self, seat: &Seat) -> String {
        let pool = self.pools.iter().position(|pool| pool.name == seat.who.role).unwrap_or(0) % COLOURS;
        let odd = seat.who.numbers.is_some_and(|(number, _)| number % 2 == 1);
        format!("pool{pool}{}", if odd { " odd" } else { "" })
    }

    fn empty(&self, node: &Row, gpu: usize, x: f64, top: f64) -> Group {
        let (x, y, width) = self.cell(gpu, x, top);
        let excluded = self.plan.placement.excluded_gpus.contains(&(gpu as u32));
        let (class, words) = if excluded { ("excluded", "×") } else { ("idle", "idle") };
        let words = if width < 34.0 && !excluded { "·" } else { words };
        let shape = Rectangle::new()
            .set("class", class)
            .set("rx", 3)
            .set("x", round(x + 2.0))
            .set("y", round(y + 2.0))
            .set("width", round(width - 4.0))
            .set("height", CELL - 4.0);
        let why = if excluded { "excluded from serving" } else { "idle" };
        Group::new().add(Title::new(format!("GPU {gpu} of node {}: {why}", node.first))).add(shape).add(text(
            x + width / 2.0,
            y + CELL / 2.0 + 4.0,
            "dim mid",
            words,
        ))
    }

    /// What a hover says.
    fn story(&self, node: &Row, seat: &Seat) -> String {
        let name = name(&seat.who);
        let mut lines = vec![format!("{name} on node {}", node.first)];
        let gpus = range(seat.gpu, seat.gpu + seat.gpus - 1);
        let ranks = if seat.ranks.0 == seat.ranks.1 { "rank" } else { "ranks" };
        lines.push(format!("GPU {gpus}, {ranks} {}", range(seat.ranks.0, seat.ranks.1)));
        if let Some(step) = self.plan.steps.iter().find(|step| step.name == name) {
            let first = step.nodes.first().map_or(0, |share| share.node);
            lines.extend(step.port.map(|port| format!("port {port} on node {first}")));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use disaggc::plan::Domain;

    use super::super::sketch::Sketch;
    use super::*;

    /// How many shapes have this class, without those of the legend.
    fn shapes(svg: &str, class: &str) -> usize {
        let cells = svg.lines().filter(|line| line.starts_with("<rect") && !line.contains("height=\"12\""));
        cells.filter(|line| line.contains(&format!("class=\"{class}\""))).count()
    }

    fn mixed() -> Sketch {
        Sketch::new(4)
            .step("gen_0", "gen", Some(8000), &[(0, vec![0, 1, 2, 3]), (1, vec![0, 1])])
            .step("ctx_0", "ctx", Some(8000), &[(2, vec![0])])
            .step("ctx_1", "ctx", Some(8001), &[(2, vec![1])])
            .served(2, &[1, 2])
    }

    #[test]
    fn every_gpu_is_somebodys_or_idle() {
        let svg = draw(&mixed().0);
        assert_eq!(shapes(&svg, "node"), 3);
        assert_eq!([shapes(&svg, "pool0"), shapes(&svg, "pool1"), shapes(&svg, "pool1 odd")], [2, 1, 1]);
        assert_eq!(shapes(&svg, "idle"), 4);
        for words in ["gen_0 r0–3", "ctx_1", "server :8333", "benchmark ×2", "gen: 1 × 6 GPUs", "idle: 4"]
        {
            assert!(svg.contains(words), "{words}: {svg}");
        }
        assert!(svg.contains("gen_0 on node 1\nGPU 0–1, ranks 4–5\nport 8000 on node 0"), "{svg}");
    }

    #[test]
    fn excluded_gpus_and_domains_are_drawn() {
        let mut plan = mixed().0;
        plan.placement.excluded_gpus = vec![3];
        plan.placement.domains = vec![Domain { from: 0, to: 1 }, Domain { from: 2, to: 2 }];
        let svg = draw(&plan);
        assert_eq!((shapes(&svg, "excluded"), shapes(&svg, "idle")), (2, 2));
        assert_eq!(shapes(&svg, "domain"), 2);
        assert!(svg.contains("NVLink domain: nodes 0–1") && svg.contains("NVLink domain: node 2\n"), "{svg}");
    }

    /// A server on two lines of cells is two shapes with one name.
    #[test]
    fn gpus_of_big_nodes_stand_on_two_lines() {
        let svg = draw(&Sketch::new(8).step("gen_0", "gen", None, &[(0, (2..7).collect())]).0);
        assert_eq!((shapes(&svg, "pool0"), shapes(&svg, "idle")), (2, 3));
        assert_eq!(svg.matches("\ngen_0 r0–4\n").count() + svg.matches(">gen_0 r0–4<").count(), 1, "{svg}");
    }

    #[test]
    fn nothing_breaks_out_of_the_picture() {
        let mut plan = mixed().0;
        plan.topology = "</title><script>&\"\u{7}".into();
        let svg = draw(&plan);
        assert!(!svg.contains("<script>") && !svg.contains('\u{7}'), "{svg}");
        assert!(draw(&Sketch::new(0).0).contains("0 nodes"));
        for name in ["</title><script>", "{{details}}"] {
            plan.topology = name.into();
            let page = super::super::page::render(&plan);
            assert_eq!(page.matches("<script>").count(), 1, "the page's own");
            assert_eq!(page.matches("<section id=\"gen_0\"").count(), 1);
        }
    }
}
