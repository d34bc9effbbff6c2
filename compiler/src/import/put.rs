//! Where a key's value goes in a draft, by the `to` of its line in the table.

use super::convert;
use super::draft::Variable;
use super::kdl::{self, Node, Value};
use super::reader::Reader;
use super::table::Key;
use super::yaml::{Comments, Entry, Map, Value as Data};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

impl Reader<'_, '_> {
    pub(super) fn put(&mut self, key: &Key, path: &str, entry: &Entry) {
        let to = key.to.clone().unwrap_or_default();
        let (block, field) = to.split_once('.').unwrap_or((to.as_str(), ""));
        match (block, field) {
            ("name", _) => {
                self.remark(path, &entry.comments);
                if let Some(text) = self.text(path, entry) {
                    self.draft.name = text;
                }
            }
            ("model", "") => {
                self.remark(path, &entry.comments);
                self.draft.model = self.text(path, entry).or(self.draft.model.take());
            }
            ("model", _) => {
                self.remark("model", &entry.comments);
                self.model(key, path, entry);
            }
            ("container", _) => {
                self.remark("container", &entry.comments);
                self.image(key, path, entry);
            }
            ("mounts", _) => self.mounts(path, entry),
            ("slurm", "options") => self.options(path, entry),
            ("slurm", name) => {
                self.remark("slurm", &entry.comments);
                if entry.value.value != Data::Null
                    && let Some(value) = self.site_text(path, entry)
                {
                    self.draft.slurm.push((name.to_owned(), value));
                }
            }
            ("cluster", name) => self.cluster(name, path, entry),
            ("env", roles) => self.env(key, roles, path, entry),
            ("nodes", _) => {
                self.remark(path, &entry.comments);
                // A count; `colocate` is a word of the format.
                if !matches!(entry.value.value, Data::Integer(_) | Data::Null | Data::String(_)) {
                    self.wrong(path, entry, "a number of nodes");
                }
            }
            ("ready", part) => {
                self.remark(path, &entry.comments);
                let number = self.number(path, entry).map(u64::from);
                match part {
                    "attempts" => self.draft.ready.0 = number,
                    _ => self.draft.ready.1 = number,
                }
            }
            ("site-values", _) => self.site_values(path, entry),
            ("services", _) => self.services(key, path, entry),
            ("ctx" | "gen" | "agg", field) => self.worker(block, field, path, entry),
            ("prepare", what) => {
                if let Some(value) = self.site_text(path, entry) {
                    let node = Node::new(what).argument(value);
                    self.draft.add("prepare", Node { comments: entry.comments.clone(), ..node });
                }
            }
            ("accuracy", "tasks") => self.tasks(path, entry),
            ("server", "config") => self.server_config(key, path, entry),
            _ => self.field(key, block, field, path, entry),
        }
    }

    /// A line of a block.
    fn field(&mut self, key: &Key, block: &str, field: &str, path: &str, entry: &Entry) {
        let mut node = Node { comments: entry.comments.clone(), ..Node::new(field) };
        match key.form.as_str() {
            "numbers" => match convert::numbers(&entry.value) {
                Some(numbers) => {
                    node.arguments = numbers.iter().map(Value::number).collect();
                    self.draft.each.clone_from(&key.each);
                }
                None => return self.wrong(path, entry, "a number, or several: `4 8`, `4x8`, `[4, 8]`"),
            },
            "path" => match self.path(path, entry) {
                Some(value) => node.arguments.push(value),
                None => return,
            },
            "pairs" => {
                let Some(text) = self.text(path, entry) else { return };
                for pair in text.split(',').filter(|pair| !pair.is_empty()) {
                    let Some((name, value)) = pair.split_once('=') else {
                        return self.wrong(path, entry, "`KEY=VALUE,KEY=VALUE`");
                    };
                    node.properties.push((name.to_owned(), word(value)));
                }
            }
            _ => match kdl::scalar(&entry.value) {
                Some(Value::Word(word)) if word == "#null" => return,
                Some(Value::Text(text)) => match convert::placeholder(&text) {
                    Some(name) => node.arguments.push(self.draft.ask_site(&name, None, path)),
                    // A number in quotes.
                    None if text.parse::<u32>().is_ok_and(|n| n.to_string() == text) => {
                        node.arguments.push(Value::Word(text));
                    }
                    None => node.arguments.push(Value::Text(text)),
                },
                Some(value) => node.arguments.push(value),
                None => return self.wrong(path, entry, "one value"),
            },
        }
        self.draft.add(block, node);
    }

    fn model(&mut self, key: &Key, path: &str, entry: &Entry) {
        let Some(text) = self.text(path, entry) else { return };
        if key.form != "model" || text.starts_with('/') || convert::placeholder(&text).is_some() {
            self.draft.model_path = self.path(path, entry);
            if self.draft.model.is_none() {
                self.draft.model =
                    Some(convert::placeholder(&text).unwrap_or_else(|| convert::site_name(&text)));
            }
            return;
        }
        // A name on the model hub, or an alias of the site.
        match text.strip_prefix("hf:") {
            Some(name) => self.draft.model = Some(name.to_owned()),
            None => {
                self.draft.model_path = Some(self.draft.ask_site(
                    &text,
                    Some(Value::truth(false)),
                    format!("{path}: the path of this model"),
                ));
                self.draft.model = Some(text);
            }
        }
    }

    fn image(&mut self, key: &Key, path: &str, entry: &Entry) {
        let Some(text) = self.text(path, entry) else { return };
        let registry = text.contains(['/', ':', '#']) && !text.starts_with('/');
        self.draft.image = match convert::placeholder(&text) {
            Some(name) => Some(self.draft.ask_site(&name, None, path)),
            None if registry => Some(Value::Text(convert::image(&text))),
            None if key.form == "image" && !text.starts_with('/') => {
                let comment = format!("{path}: an alias of the site for this image");
                Some(self.draft.ask_site(&text.clone(), Some(Value::Text(text)), comment))
            }
            None => self.path(path, entry),
        };
    }

    fn mounts(&mut self, path: &str, entry: &Entry) {
        self.remark("container", &entry.comments);
        let Some(mounts) = convert::mounts(&entry.value) else {
            return self.wrong(path, entry, "pairs of folders: `/host:/container,…`");
        };
        for (from, to) in mounts {
            let mut folder = |text: String| match convert::placeholder(&text) {
                Some(name) => self.draft.ask_site(&name, None, path),
                None => Value::Text(text),
            };
            let pair = (folder(from), to.map(folder));
            if !self.draft.mounts.contains(&pair) {
                self.draft.mounts.push(pair);
            }
        }
    }

    fn options(&mut self, path: &str, entry: &Entry) {
        self.remark("slurm", &entry.comments);
        let Some(options) = convert::options(&entry.value) else {
            return self.wrong(path, entry, "options of sbatch, each as `--name=value`,");
        };
        for option in options {
            // What the cluster asks for anyway.
            let gpus = option.strip_prefix("--gres=gpu:").is_some_and(|count| count.parse::<u32>().is_ok());
            if gpus {
                self.draft.cluster.gres = true;
            } else if convert::placeholder(&option).is_some() {
                self.wrong(path, entry, "an option without a placeholder");
            } else {
                self.draft.options.push(option);
            }
        }
    }

    fn cluster(&mut self, name: &str, path: &str, entry: &Entry) {
        self.remark(path, &entry.comments);
        match name {
            "platform" => match &entry.value.value {
                Data::List(items) => {
                    self.draft.cluster.platforms =
                        items.iter().filter_map(|item| convert::text(&item.value)).collect();
                }
                _ => self.draft.cluster.platforms = self.text(path, entry).into_iter().collect(),
            },
            "gpus-per-node" => match self.number(path, entry) {
                Some(0) => self.wrong(path, entry, "a number of GPUs from 1 on"),
                number => self.draft.cluster.gpus_per_node = number.or(self.draft.cluster.gpus_per_node),
            },
            "segment" => self.draft.cluster.segment = self.truth(path, entry),
            "numa-bind" => self.draft.cluster.numa_bind = self.truth(path, entry),
            _ => self.draft.cluster.run_folder = self.site_text(path, entry),
        }
    }

    fn env(&mut self, key: &Key, roles: &str, path: &str, entry: &Entry) {
        let roles: Vec<String> = roles.split(',').map(str::to_owned).collect();
        if let Some(name) = &key.variable {
            if let Some(text) = self.text(path, entry) {
                self.variable(
                    name.clone(),
                    convert::variable(&text),
                    &roles,
                    entry.comments.clone(),
                    entry.key,
                );
            }
            return;
        }
        let map = entry.value.map();
        let Some(variables) = convert::assignments(&entry.value) else {
            return self.wrong(path, entry, "variables: `NAME=VALUE NAME=VALUE`, or a map of them,");
        };
        if map.is_none_or(Map::is_empty) {
            self.remark(path, &entry.comments);
        }
        // The map's own comments stand above its first variable.
        let mut above: Vec<String> =
            entry.comments.above.iter().chain(&entry.comments.behind).cloned().collect();
        for (name, text) in variables {
            let inner = map.and_then(|map| map.get(&name));
            let mut comments = inner.map(|inner| inner.comments.clone()).unwrap_or_default();
            if map.is_some() {
                comments.above.splice(0..0, std::mem::take(&mut above));
            }
            let span = inner.map_or(entry.value.span, |inner| inner.value.span);
            if let Some(inner) = inner {
                self.text(&format!("{path}.{name}"), inner);
            }
            let value = match convert::placeholder(&text) {
                Some(site) if text.starts_with('<') => {
                    self.draft.ask_site(&site, None, format!("{path}.{name}"))
                }
                _ => convert::variable(&text),
            };
            self.variable(name, value, &roles, comments, span);
        }
    }

    /// A later one of the same name wins.
    fn variable(&mut self, name: String, value: Value, roles: &[String], comments: Comments, span: Span) {
        for earlier in self.draft.env.iter_mut().filter(|earlier| earlier.name == name) {
            earlier.roles.retain(|role| !roles.contains(role));
        }
        self.draft.env.retain(|variable| !variable.roles.is_empty());
        self.draft.env.push(Variable { name, value, roles: roles.to_vec(), comments, span, shared: false });
    }

    fn worker(&mut self, kind: &str, field: &str, path: &str, entry: &Entry) {
        let number = matches!(field, "replicas" | "gpus").then(|| self.number(path, entry)).flatten();
        let text = (field == "profile").then(|| self.text(path, entry)).flatten();
        let words = match (field, &entry.value.value) {
            ("args", Data::List(items)) => items.iter().map(|item| convert::text(&item.value)).collect(),
            _ => Some(Vec::new()),
        };
        if field == "config" && entry.value.map().is_none() && entry.value.value != Data::Null {
            return self.wrong(path, entry, "the engine's settings, a map,");
        }
        let Some(words) = words else { return self.wrong(path, entry, "a list of words") };
        // A worker of which there is none is none.
        if number == Some(0) {
            return self.remark(path, &entry.comments);
        }
        let Some(worker) = self.draft.worker(kind) else { return };
        worker.comments.above.extend(entry.comments.above.iter().cloned());
        match field {
            "replicas" => worker.replicas = number,
            "gpus" => worker.gpus = number.map(|number| Spanned::new(number, entry.value.span)),
            "profile" => worker.profile = text,
            "args" => worker.arguments = words,
            _ => {
                let map = entry.value.map().cloned().unwrap_or_default();
                worker.config = Some(Spanned::new(map, entry.key));
            }
        }
        let behind = entry.comments.behind.iter().map(|text| format!("{field}: {text}"));
        worker.comments.above.extend(behind);
    }

    fn server_config(&mut self, key: &Key, path: &str, entry: &Entry) {
        let Some(map) = entry.value.map() else { return self.wrong(path, entry, "a map of settings") };
        let mut config = Node { comments: entry.comments.clone(), ..Node::new("config") };
        for (name, inner) in map {
            let name = if key.form == "flags" { name.replace('-', "_") } else { name.clone() };
            match kdl::setting(&name, &inner.value, &inner.comments) {
                Some(node) => config.children.get_or_insert_default().push(node),
                None => self.wrong(&format!("{path}.{name}"), inner, "a value that KDL has a form for"),
            }
        }
        self.draft.add("server", config);
    }

    /// Aliases of models and images.
    fn site_values(&mut self, path: &str, entry: &Entry) {
        self.remark(path, &entry.comments);
        let Some(map) = entry.value.map() else {
            if entry.value.value != Data::Null {
                self.wrong(path, entry, "a map of names");
            }
            return;
        };
        for (name, inner) in map {
            if let Some(text) = self.text(&format!("{path}.{name}"), inner) {
                self.draft.ask_site(name, Some(Value::Text(convert::image(&text))), path);
            }
        }
    }

    /// `services` of schema 2: those that stand in `infra` here, and others.
    fn services(&mut self, key: &Key, path: &str, entry: &Entry) {
        self.remark(path, &entry.comments);
        let Data::List(items) = &entry.value.value else {
            if entry.value.value != Data::Null {
                self.wrong(path, entry, "a list of services");
            }
            return;
        };
        let written = self.active.writes.clone();
        for item in items {
            let kind =
                item.value.at("type").or_else(|| item.value.at("name")).and_then(|kind| kind.value.text());
            let known = kind.filter(|kind| written.iter().any(|(_, name)| name == kind)).map(str::to_owned);
            let place =
                Entry { key: item.value.span, value: item.value.clone(), comments: item.comments.clone() };
            let Some(known) = known else {
                self.not_used(key, path, &place);
                continue;
            };
            for (name, inner) in item.value.map().into_iter().flatten() {
                if matches!(name.as_str(), "name" | "type") {
                    continue;
                }
                let at = format!("{path}.{known}.{name}");
                let placed = name == "placement"
                    && inner
                        .value
                        .at("node")
                        .is_none_or(|node| node.value.text().is_some_and(|n| n != "dedicated"));
                if name == "args"
                    && let Data::List(words) = &inner.value.value
                {
                    let words = words.iter().filter_map(|word| convert::text(&word.value)).map(Value::Text);
                    let args = Node { arguments: words.collect(), ..Node::new("args") };
                    self.draft.add("infra", Node::new(known.clone()).child(args));
                } else if !placed {
                    self.not_used(key, &at, inner);
                }
            }
        }
    }

    /// `tasks` of the accuracy test: names with commas between, or a map with settings of each.
    fn tasks(&mut self, path: &str, entry: &Entry) {
        if let Some(map) = entry.value.map() {
            for (name, inner) in map {
                let mut task = Node::new("task").argument(Value::Text(name.clone()));
                task.comments = inner.comments.clone();
                for (setting, value) in inner.value.map().into_iter().flatten() {
                    let at = format!("{path}.{name}.{setting}");
                    match (setting.as_str(), convert::text(&value.value)) {
                        ("model", Some(text)) => {
                            task = task.child(Node::new("model").argument(Value::Text(text)))
                        }
                        ("model_args_extra", Some(text)) => {
                            let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
                            let properties = pairs.map(|(key, value)| (key.to_owned(), word(value)));
                            task = task
                                .child(Node { properties: properties.collect(), ..Node::new("model-args") });
                        }
                        _ => self.diagnostics.push(
                            Diagnostic::warning("import/not-used", format!("`{at}` is not imported"))
                                .label(value.key, "not imported")
                                .help(
                                    "words for the evaluation's program; write them into `args` of the task",
                                ),
                        ),
                    }
                }
                self.draft.block("accuracy").children.get_or_insert_default().push(task);
            }
            return;
        }
        let Some(text) = self.text(path, entry) else { return };
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let task = Node::new("task").argument(Value::Text(name.to_owned()));
            self.draft.block("accuracy").children.get_or_insert_default().push(task);
        }
    }
}

/// A number or truth value without quotes.
fn word(text: &str) -> Value {
    match text {
        "true" | "false" => Value::Word(format!("#{text}")),
        _ => convert::variable(text),
    }
}
