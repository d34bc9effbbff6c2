//! Pretend containers: what a step sees in one, and what it does not.

use super::*;

/// A job that runs each of these lines, a shell's, as a step with these options, and says with which code it ended.
fn steps(nodes: u32, list: &[(&str, &str)]) -> Bundle {
    let mut job = format!(
        "#!/bin/bash\n#SBATCH --nodes={nodes} --exclusive --mem=0\nbundle=$PWD/../bundle\nmkdir data; cp $0 data/file\n"
    );
    for (number, (options, line)) in list.iter().enumerate() {
        job += &format!(
            "srun --ntasks-per-node=1 {options} bash -c '{line}' 2>&1; echo \"step {number} ended with $?\"\n"
        );
    }
    job += "echo '{\"verdict\": \"passed\"}' >result.json\n";
    Bundle::new(&job)
}

/// What is printed; each step has to end with its code.
fn printed(rehearsal: &Rehearsal, codes: &[i32]) -> String {
    let (outcome, out) = run(rehearsal);
    assert_eq!(outcome.expect("a rehearsal").cause, None, "{out}");
    for (number, code) in codes.iter().enumerate() {
        assert!(out.contains(&format!("step {number} ended with {code}\n")), "step {number}: {out}");
    }
    out
}

#[test]
fn a_path_that_is_not_mounted_is_missing() {
    if !able() {
        return;
    }
    let image = "--container-image=registry#some/image:1";
    let with = |rest: &str| format!("{image} {rest}");
    let mounts = with(
        "--container-mounts=$PWD/data:/data,$PWD/data:/again:ro,tmpfs:/scratch,$PWD/data/file:/etc/own/file",
    );
    let absent = with("--container-mounts=$PWD/no-such-folder:/data");
    let bundle = steps(
        1,
        &[
            ("", "[ -e $PWD/data/file ]"),
            (
                image,
                "[ ! -e $OLDPWD/data/file ] && [ ! -e $SLURM_SUBMIT_DIR/data ] && [ ! -e $SLURM_CONF ] && [ ! -e $HOME ]",
            ),
            (
                &mounts,
                "[ -s /data/file ] && [ -s /etc/own/file ] && [ -d /scratch ] && echo more >/data/new && [ -s /again/new ]",
            ),
            (&mounts, "echo more >/again/new"),
            ("", "[ -s data/new ]"),
            (&with("--container-workdir=/usr/lib"), "[ $(pwd) = /usr/lib ]"),
            (image, "[ $(pwd) = / ] && [ -c /dev/nvidia3 ] && [ $(hostname) = node1 ] && getent hosts node1"),
            (&absent, "true"),
            (&with("--container-workdir=/no/such/folder"), "true"),
            (&with("--container-readonly"), "touch /usr/local/written"),
        ],
    );
    let out = printed(&bundle.rehearsal(1), &[0, 0, 0, 1, 0, 0, 0, 1, 1, 1]);
    assert!(out.contains("no-such-folder does not exist"), "{out}");
    assert!(out.contains("--container-workdir=/no/such/folder: No such file or directory"), "{out}");
    assert!(out.contains("Read-only file system"), "{out}");
}

#[test]
fn what_is_written_in_a_container_stays_under_its_name_on_its_node() {
    if !able() {
        return;
    }
    let mark = format!("disaggc-container-{}", std::process::id());
    let make = "--container-image=i --container-name=kept";
    let write = format!("touch /usr/local/{mark} /{mark}");
    let look = format!("[ -e /usr/local/{mark} ] && [ -e /{mark} ]");
    let bundle = steps(
        2,
        &[
            (make, &write),
            ("--container-name=kept:no_exec", &look),
            ("--container-image=i", &look),
            ("--container-image=i --container-name=other", &look),
            ("--container-name=nobody", "true"),
            ("--container-image=i --container-name=kept:create", "true"),
        ],
    );
    let out = printed(&bundle.rehearsal(2), &[0, 0, 1, 1, 1, 1]);
    assert!(out.contains("there is no container nobody on node"), "{out}");
    assert!(out.contains("there is a container kept on node"), "{out}");
    assert!(!Utf8Path::new("/usr/local").join(&mark).exists() && !Utf8Path::new("/").join(&mark).exists());
}

#[test]
fn a_mount_that_this_machine_lacks_is_empty_but_for_the_model() {
    if !able() {
        return;
    }
    let mounts =
        "--container-image=i --container-mounts=/no-such-lustre/models:/models,/no-such-lustre/data:/data";
    let bundle = steps(
        2,
        &[
            (mounts, "[ -f /models/deep/m/config.json ] && [ -z \"$(ls /data)\" ]"),
            ("--container-image=i", "[ -e /models ]"),
            (mounts, "[ $SLURM_PROCID = 1 ] || touch /data/from-the-other"),
            (mounts, "[ -e /data/from-the-other ]"),
        ],
    );
    let rehearsal = Rehearsal { model: Some("/models/deep/m"), reads_model: true, ..bundle.rehearsal(2) };
    let out = printed(&rehearsal, &[0, 1, 0, 0]);
    assert!(
        out.contains("not on this machine, so containers had empty folders for it: /no-such-lustre/data, /no-such-lustre/models\n"),
        "{out}"
    );
}
