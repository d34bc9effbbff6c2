//! The `disaggc` command.

mod rehearse;

fn main() -> std::process::ExitCode {
    // Until the command line is there: BUNDLE NODES GPUS [KEEP].
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, nodes, gpus, keep @ ..] = arguments.as_slice() else { return 2.into() };
    let rehearsal = rehearse::Rehearsal {
        bundle: bundle.as_str().into(),
        nodes: nodes.parse().expect("a number"),
        gpus_per_node: gpus.parse().expect("a number"),
        gres: Some("gpu"),
        pyxis: true,
        segment: true,
        sbatch: &[],
        stand_in: &[("stand_in_mark.py", "WORD = 'stand-in'\n")],
        packages: &["python3-mpi4py".to_owned()],
        run_folder: None,
        keep: keep.first().map(|keep| keep.as_str().into()),
    };
    match rehearse::run(&rehearsal, &disaggc::stdlib::Stdlib::embedded(), &mut std::io::stdout()) {
        Ok(outcome) => outcome.exit_code().into(),
        Err(error) => {
            eprintln!("error: {error}");
            2.into()
        }
    }
}
