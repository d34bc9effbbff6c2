//! Software in virtual environments, from wheels that the tests make: without a network.

use std::fs;
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::{Bundle, able, run};
use crate::rehearse::python::{Environment, PYTHON, Requirements, set_up};
use crate::rehearse::{Error, Rehearsal};

/// A folder with wheels and a cache, below /tmp, which the nodes do not see by themselves.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        Shop { folder: tempfile::tempdir_in("/tmp").expect("a folder") }
    }

    fn path(&self) -> &Utf8Path {
        self.folder.path().try_into().expect("UTF-8")
    }

    fn cache(&self) -> Utf8PathBuf {
        self.path().join("cache")
    }

    /// The requirements of a package that has this name, and a program of the same.
    fn sell(&self, name: &str, leads: bool) -> Requirements {
        let made = Command::new(PYTHON)
            .args(["-I", "-c", include_str!("wheel.py"), name, self.path().as_str()])
            .status();
        assert!(made.expect("Python runs").success());
        let text = format!("{name} @ file://{}/{name}-1.0-py3-none-any.whl\n", self.path());
        Requirements { name: format!("part-{name}"), text, leads }
    }

    fn install(&self, list: &[Requirements]) -> (Result<Vec<Environment>, Error>, String) {
        let bundle = Bundle::script("");
        let cache = self.cache();
        let mut out = Vec::new();
        let rehearsal = Rehearsal { python: list, cache: Some(&cache), ..bundle.rehearsal(1) };
        let made = set_up(&rehearsal, &mut out);
        (made, String::from_utf8(out).expect("UTF-8"))
    }

    /// What the cache has besides locks.
    fn kept(&self) -> Vec<String> {
        let entries = self.cache().join("python").read_dir_utf8().expect("the cache");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_owned());
        names.filter(|name| !name.ends_with(".lock")).collect()
    }
}

#[test]
fn software_is_installed_once() {
    if !able() {
        return;
    }
    let shop = Shop::new();
    let list = [shop.sell("engine", true)];
    let (first, said) = shop.install(&list);
    let first = first.expect("it is installed");
    assert!(said.starts_with("setting up the Python software of part-engine, which takes some "), "{said}");
    let mark = first[0].folder.join("mark");
    fs::write(&mark, "").expect("a file");
    let (second, said) = shop.install(&list);
    assert_eq!((second.expect("it is there"), said), (first, String::new()));
    assert!(mark.exists(), "it was made anew");

    // What was interrupted is made anew, other requirements beside it.
    fs::remove_file(mark.with_file_name("complete")).expect("a file");
    shop.install(&list).0.expect("it is installed");
    assert!(!mark.exists(), "a half-made one was used");
    let other = Requirements { text: format!("# newer\n{}", list[0].text), ..list[0].clone() };
    shop.install(&[other]).0.expect("it is installed");
    assert_eq!(shop.kept().len(), 2);
}

#[test]
fn what_cannot_be_installed_is_told_and_leaves_nothing() {
    if !able() {
        return;
    }
    let shop = Shop::new();
    let text = "gone @ file:///no/such/gone-1.0-py3-none-any.whl\n".to_owned();
    let (made, _) = shop.install(&[Requirements { name: "gone".to_owned(), text, leads: true }]);
    let message = made.expect_err("no such wheel").to_string();
    assert!(message.starts_with("the Python software of gone can't be installed"), "{message}");
    assert!(message.contains("No such file or directory: '/no/such/gone"), "{message}");
    assert!(message.contains("\nhelp: it comes from PyPI"), "{message}");
    assert_eq!(shop.kept(), [""; 0]);
}

#[test]
fn two_at_once_do_not_meet() {
    if !able() {
        return;
    }
    let shop = Shop::new();
    let list = [shop.sell("engine", true)];
    let barrier = Barrier::new(2);
    let install = || {
        barrier.wait();
        shop.install(&list)
    };
    let results = thread::scope(|scope| {
        let threads = [scope.spawn(install), scope.spawn(install)];
        threads.map(|thread| thread.join().expect("no panic"))
    });
    let said: Vec<&str> = results.iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(said.iter().filter(|said| said.contains("setting up")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|said| said.contains("waiting for it")).count(), 1, "{said:?}");
    let [first, second] = results.map(|(made, _)| made.expect("it is installed"));
    assert_eq!(first, second);
}

#[test]
fn on_the_nodes_python_is_the_engines_and_a_clients_program_is_found() {
    if !able() {
        return;
    }
    let shop = Shop::new();
    let (engine, client) = (shop.sell("engine", true), shop.sell("client", false));
    let body = r#"srun -n1 --overlap bash -c '
            for name in python3 engine client; do echo "$name is $(command -v "$name")"; done
            engine; client; python3 -c "import engine"
            echo "PATH is $PATH"
        ' && echo '{"verdict": "passed"}' >result.json"#;
    let bundle = Bundle::script(body);
    let cache = shop.cache();
    let rehearse = |list: &[Requirements]| {
        let own = Utf8Path::new("/opt/own/bin");
        let rehearsal =
            Rehearsal { python: list, cache: Some(&cache), path: Some(own), ..bundle.rehearsal(1) };
        let (outcome, out) = run(&rehearsal);
        assert_eq!(outcome.expect("a rehearsal").cause, None, "{out}");
        out
    };
    let list = [engine, client];
    let out = rehearse(&list);
    let python = cache.join("python");
    let folder = |name: &str| {
        let name = shop.kept().into_iter().find(|kept| kept.starts_with(name)).expect("an environment");
        python.join(name).join("bin")
    };
    let (engine, client) = (folder("part-engine"), folder("part-client"));
    for line in [
        &format!("python3 is {engine}/python3"),
        &format!("client is {client}/client"),
        "this is engine",
        "this is client",
    ] {
        assert!(out.lines().any(|said| said == line), "{line}\n{out}");
    }
    let path = out.lines().find_map(|line| line.strip_prefix("PATH is ")).expect("a path");
    let order = ["/stand-in/bin", engine.as_str(), "/bin:/usr/local/sbin:", client.as_str(), "/opt/own/bin"];
    let places: Vec<_> = order.iter().map(|part| path.find(part).expect("on PATH")).collect();
    assert!(places.is_sorted(), "{path}");

    let out = rehearse(&list[1..]);
    let python = out.lines().find_map(|line| line.strip_prefix("python3 is ")).expect("a Python");
    assert!(python.starts_with("/tmp/disaggc-") && python.ends_with("/bin/python3"), "{python}");
}
