//! The `disaggc` command.

mod rehearse;

fn main() -> std::process::ExitCode {
    // Until the command line is there: BUNDLE NODES GPUS [KEEP].
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, nodes, gpus, keep @ ..] = arguments.as_slice() else { return 2.into() };
    let stdlib = disaggc::stdlib::Stdlib::embedded();
    let rehearsal = rehearse::Rehearsal {
        bundle: bundle.as_str().into(),
        nodes: nodes.parse().expect("a number"),
        gpus_per_node: gpus.parse().expect("a number"),
        gres: Some("gpu"),
        pyxis: true,
        segment: true,
        sbatch: &[],
        stand_in: &stdlib.folder("engine/trtllm/standin"),
        packages: &["python3-mpi4py".to_owned()],
        run_folder: None,
        keep: keep.first().map(|keep| keep.as_str().into()),
    };
    match rehearse::run(&rehearsal, &stdlib, &mut std::io::stdout()) {
        Ok(outcome) => outcome.exit_code().into(),
        Err(error) => {
            eprintln!("error: {error}");
            2.into()
        }
    }
}
