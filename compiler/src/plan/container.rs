//! srun's options for a step in a container (pyxis).

use super::word::{Runtime, Word};
use crate::resolve::Container;

/// Where a step's file system comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The image, for this step alone.
    Image,
    /// The image, and what the step does to it is kept for the job's later steps on the node.
    ImageKept,
    /// What an earlier step left.
    Kept,
}

/// The image, and the folders that every step needs in it: the bundle's and the run folder.
///
/// pyxis removes a container at the end of its step unless it has a name; the step that makes it names
/// the image. Some sites' named containers outlive the job, so the job's number is in the name. With
/// `no_exec` a step gets its own mounts and environment, and not those of a step that runs in the same
/// container at the time (pyxis 0.14, pyxis_slurmstepd.c).
pub fn options(container: &Container, origin: Origin) -> Vec<Word> {
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
    let image = || Word::text(format!("--container-image={}", image(&container.image.value)));
    let name = || Word::text("--container-name=disaggc-").then_runtime(Runtime::Job);
    let mut options = match origin {
        Origin::Image => vec![image()],
        // Images come read-only on some sites.
        Origin::ImageKept => vec![image(), name(), Word::text("--container-writable")],
        Origin::Kept => vec![name().then(":no_exec")],
    };
    options.extend([Word::text("--no-container-mount-home"), mounts]);
    options
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
        assert_eq!(image("nvcr.io/a/b:1"), "nvcr.io#a/b:1");
        assert_eq!(image("host:5000/a:1"), "host:5000#a:1");
        assert_eq!(image("nvcr.io#nvidia/x"), "nvcr.io#nvidia/x");
        assert_eq!(image("/images/x.sqsh"), "/images/x.sqsh");
        assert_eq!(image("./x.y/z.sqsh"), "./x.y/z.sqsh");
        assert_eq!(image("ubuntu"), "ubuntu");
        assert_eq!(image("user/ubuntu"), "user/ubuntu");
    }
}
