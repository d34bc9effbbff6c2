//! Makes inputs: the damage knows what nodes, values and names are, so that much of it gets past the syntax.

use disaggc::source::{FileId, Span};
use disaggc::syntax::{self, Node};

use super::input::Input;

/// Values at edges of all kinds.
const VALUES: [&str; 54] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "4",
    "7",
    "8",
    "64",
    "1024",
    "65535",
    "65536",
    "200000",
    "2147483648",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "170141183460469231731687303715884105727",
    "-170141183460469231731687303715884105728",
    "0x7f",
    "0b1",
    "1_000",
    "0.0",
    "0.5",
    "1.0",
    "-0.5",
    "1e308",
    "1e400",
    "1e-400",
    "#true",
    "#false",
    "#null",
    "#inf",
    "#nan",
    "\"\"",
    "\" \"",
    "x",
    "\"x y\"",
    "\"\\n\"",
    "\"\\u{0}\"",
    "\"\\u{1b}[31m\"",
    "\"é🦀\"",
    "\"$(id)\"",
    "\"'\\\"\"",
    "\"../..\"",
    "\"/\"",
    "\"/a:/b\"",
    "\"a/../b\"",
    "\"{port}\"",
    "\"{\"",
    "\"[= x =]\"",
    "\"%s\"",
    "\"-x\"",
    "\"01:00:00\"",
];

/// Pieces of text that mean something.
const PIECES: [&str; 46] = [
    "{",
    "}",
    "{ }",
    "/-",
    "/*",
    "*/",
    "//",
    "\\",
    "\\\n",
    "\"",
    "\"\"\"",
    "\"\"\"\n",
    "#\"",
    "\"#",
    "#",
    "(",
    ")",
    "(list)",
    "(any)",
    "=",
    ";",
    "\n",
    "\r\n",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "\u{202e}",
    "é",
    "🦀",
    "'",
    ",",
    ":",
    "[",
    "]",
    " ",
    "-",
    "+",
    ".",
    "ctx tp=1",
    "gen tp=1",
    "agg tp=1",
    "server port=8000",
    "env { A 1 }",
    "config { a 1 }",
    "use \"./site.kdl\"\n",
    "use \"./topo.kdl\"\n",
];

/// Numbers that look random and are always the same (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn word(&mut self, of: &[&'static str]) -> &'static str {
        self.one::<&str>(of)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// An input that others are made from. Its parts are looked up once.
pub struct Stock {
    pub input: Input,
    /// It compiles as it is, so that what is damaged in it is seen by every phase.
    right: bool,
    main: Places,
    site: Places,
}

impl Stock {
    pub fn new(input: Input, right: bool) -> Self {
        Stock { main: Places::of(&input.main), site: Places::of(&input.site), right, input }
    }
}

pub struct Mutator<'a> {
    random: Random,
    corpus: &'a [Stock],
}

impl<'a> Mutator<'a> {
    /// What makes the input number `index` of a seed.
    pub fn new(seed: u64, index: u64, corpus: &'a [Stock]) -> Self {
        let mut random = Random(seed.wrapping_mul(0xd134_2543_de82_ef95) ^ index);
        random.next();
        Mutator { random, corpus }
    }

    pub fn input(&mut self) -> Input {
        let mut stock = self.random.one(self.corpus);
        // Three of four begin with a right one: an error that was there before ends the way of all others early.
        let right = self.random.below(4) > 0;
        while right && !stock.right {
            stock = self.random.one(self.corpus);
        }
        let mut input = stock.input.clone();
        // Half of the inputs have one mistake; more hide each other.
        let more = self.random.below(2) * self.random.below(5);
        for number in 0..=more {
            let site = !input.site.is_empty() && self.random.below(3) > 0;
            let (text, known) =
                if site { (&mut input.site, &stock.site) } else { (&mut input.main, &stock.main) };
            *text = match self.random.below(10) {
                0 => self.bytes(std::mem::take(text)),
                1 => self.piece(text),
                _ if number == 0 => self.structure(text, known),
                _ => self.structure(text, &Places::of(text)),
            };
        }
        if self.random.below(40) == 0 {
            input.site = self.random.one(self.corpus).input.main.clone();
        }
        if self.random.below(5) == 0 {
            let set = self.set(&input);
            input.sets.push(set);
        }
        input
    }

    /// A short text of pieces.
    pub fn text(&mut self) -> Input {
        const GLUE: [&str; 7] = ["", " ", " ", " ", "\n", "a ", "a b="];
        let mut text = String::new();
        for _ in 0..=self.random.below(12) {
            text += self.random.word(&GLUE);
            text +=
                if self.random.below(3) == 0 { self.random.word(&PIECES) } else { self.random.word(&VALUES) };
        }
        Input::new(text)
    }

    /// Another text and its parts.
    fn donor(&mut self) -> (&'a str, &'a Places) {
        let donor = self.random.one(self.corpus);
        if donor.input.site.is_empty() {
            (&donor.input.main, &donor.main)
        } else {
            (&donor.input.site, &donor.site)
        }
    }

    /// Damage that knows nothing.
    fn bytes(&mut self, text: String) -> String {
        let mut bytes = text.into_bytes();
        let at = self.random.below(bytes.len() + 1);
        let end = at + self.random.below((bytes.len() - at).min(40) + 1);
        match self.random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => {
                let part = bytes[at..end].to_vec();
                let to = self.random.below(bytes.len() + 1);
                for _ in 0..=self.random.below(20) {
                    bytes.splice(to..to, part.iter().copied());
                }
            }
            3 => bytes[at..end].reverse(),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = self.random.next() as u8;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A piece at any place.
    fn piece(&mut self, text: &str) -> String {
        let at = text.floor_char_boundary(self.random.below(text.len() + 1));
        let piece = self.random.word(&PIECES).repeat(1 + self.random.below(70) * self.random.below(2));
        format!("{}{piece}{}", &text[..at], &text[at..])
    }

    /// Damage to nodes, names and values.
    fn structure(&mut self, text: &str, places: &Places) -> String {
        let (donor, foreign) = self.donor();
        let (Some(node), Some(value)) = (self.pick(&places.nodes), self.pick(&places.values)) else {
            return self.piece(text);
        };
        let replace = |span: Span, with: &str| {
            format!("{}{with}{}", &text[..span.start as usize], &text[span.end as usize..])
        };
        let at = |span: Span| &text[span.start as usize..span.end as usize];
        let of_donor = |span: Option<Span>| span.map_or("x", |s| &donor[s.start as usize..s.end as usize]);
        match self.random.below(18) {
            0..=3 => replace(value, self.random.word(&VALUES)),
            4 => replace(value, of_donor(self.pick(&foreign.values))),
            5 => replace(node, of_donor(self.pick(&foreign.nodes))),
            6 => replace(node, ""),
            7 => replace(node, &format!("{0}\n{0}", at(node))),
            8 => replace(node, &format!("{}\n{}", at(node), of_donor(self.pick(&foreign.nodes)))),
            9 => {
                let name = self.pick(&places.names).unwrap_or(node);
                replace(name, of_donor(self.pick(&foreign.names)))
            }
            10 => replace(value, &format!("{} {}", at(value), self.random.word(&VALUES))),
            11 => {
                let name = of_donor(self.pick(&foreign.names));
                replace(value, &format!("{} {name}={}", at(value), self.random.word(&VALUES)))
            }
            // Into the block of another node.
            12 => match self.pick(&places.blocks) {
                Some(block) => {
                    let inside = Span { start: block.end - 1, end: block.end - 1, ..block };
                    replace(inside, &format!("\n{}\n", of_donor(self.pick(&foreign.nodes))))
                }
                None => replace(node, &format!("{} {{ {} }}", at(node), of_donor(self.pick(&foreign.nodes)))),
            },
            // A number near by: often it is right, too, and then all phases see it.
            13..=16 => match at(value).parse::<u32>().map(u64::from) {
                Ok(number) => {
                    let near = [number + 1, number.saturating_sub(1), number / 2, number * 2, number * 3];
                    replace(value, &self.random.one(&near).to_string())
                }
                Err(_) => replace(value, at(self.pick(&places.values).unwrap_or(value))),
            },
            _ => {
                let other = self.pick(&places.nodes).unwrap_or(node);
                let (first, second) = if node.start < other.start { (node, other) } else { (other, node) };
                if first.end > second.start {
                    return replace(first, at(second));
                }
                let between = &text[first.end as usize..second.start as usize];
                replace(Span { end: second.end, ..first }, &format!("{}{between}{}", at(second), at(first)))
            }
        }
    }

    /// `PATH=VALUE`, whose path mostly exists.
    fn set(&mut self, input: &Input) -> String {
        let mut path: Vec<String> = Vec::new();
        let parsed = syntax::parse(&input.main, FileId(0));
        let mut nodes: &[Node] =
            parsed.nodes.iter().find(|n| n.name.value == "topology").map_or(&[], Node::children);
        while !nodes.is_empty() && (path.is_empty() || self.random.below(3) > 0) {
            let node = self.random.one(nodes);
            path.push(node.name.value.clone());
            let properties: Vec<&str> = node.properties.iter().map(|p| p.name.value.as_str()).collect();
            if !properties.is_empty() && self.random.below(3) == 0 {
                path.push((*self.random.one(&properties)).to_owned());
                break;
            }
            nodes = node.children();
        }
        if self.random.below(5) == 0 {
            path.push(
                (*self.random.one(&["", "tp", "x", "ctx[0]", "[", "]", "config", "env", "é", "a.b.c"]))
                    .to_owned(),
            );
        }
        let value = match self.random.below(4) {
            0 => self.random.word(&PIECES),
            _ => self.random.word(&VALUES),
        };
        let equals = if self.random.below(30) == 0 { "" } else { "=" };
        format!("{}{equals}{value}", path.join("."))
    }

    fn pick(&mut self, places: &[Span]) -> Option<Span> {
        (!places.is_empty()).then(|| *self.random.one(places))
    }
}

/// Where the parts of a document are.
#[derive(Default)]
struct Places {
    nodes: Vec<Span>,
    names: Vec<Span>,
    values: Vec<Span>,
    /// Nodes that end with their block.
    blocks: Vec<Span>,
}

impl Places {
    fn of(text: &str) -> Self {
        let mut places = Places::default();
        places.add(&syntax::parse(text, FileId(0)).nodes, text);
        places
    }

    fn add(&mut self, nodes: &[Node], text: &str) {
        for node in nodes {
            self.nodes.push(node.span);
            self.names.push(node.name.span);
            self.values.extend(node.arguments.iter().map(|a| a.value.span));
            self.values.extend(node.properties.iter().map(|p| p.value.span));
            self.names.extend(node.properties.iter().map(|p| p.name.span));
            if text[..node.span.end as usize].ends_with('}') {
                self.blocks.push(node.span);
            }
            self.add(node.children(), text);
        }
    }
}
