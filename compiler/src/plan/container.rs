//! srun's options for a step in a container (pyxis).

use super::word::{Runtime, Word};
use crate::resolve::Container;

/// The image, and the folders that every step needs in it: the bundle's and the run folder.
pub fn options(container: &Container) -> Vec<Word> {
    let mut mounts = Word::text("--container-mounts=")
        .then_runtime(Runtime::Bundle)
        .then(":")
        .then_runtime(Runtime::Bundle)
        .then(",")
        .then_runtime(Runtime::RunFolder)
        .then(":")
        .then_runtime(Runtime::RunFolder);
    for (from, to) in &container.mounts {
        mounts = mounts.then(format!(",{from}:{to}"));
    }
    vec![
        Word::text(format!("--container-image={}", image(&container.image.value))),
        Word::text("--no-container-mount-home"),
        mounts,
    ]
}

/// enroot writes `REGISTRY#IMAGE:TAG` where docker writes `REGISTRY/IMAGE:TAG`
/// (enroot, doc/cmd/import.md). Paths of image files stay as they are.
fn image(name: &str) -> String {
    match name.split_once('/') {
        Some((registry, rest))
            if !name.contains('#')
                && !registry.is_empty()
                && registry.contains(['.', ':'])
                && !registry.starts_with('.') =>
        {
            format!("{registry}#{rest}")
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::image;

    #[test]
    fn registries_are_written_as_enroot_reads_them() {
        assert_eq!(image("nvcr.io/nvidia/tensorrt:1"), "nvcr.io#nvidia/tensorrt:1");
        assert_eq!(image("host:5000/a:1"), "host:5000#a:1");
        assert_eq!(image("nvcr.io#nvidia/x"), "nvcr.io#nvidia/x");
        assert_eq!(image("/images/x.sqsh"), "/images/x.sqsh");
        assert_eq!(image("./x.y/z.sqsh"), "./x.y/z.sqsh");
        assert_eq!(image("ubuntu"), "ubuntu");
        assert_eq!(image("user/ubuntu"), "user/ubuntu");
    }
}
