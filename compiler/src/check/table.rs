//! All rules, by their codes.

use super::rule::Rule;
use super::{
    accuracy, allow, benchmark, cluster, container, engine, env, harness, infra, jenkins, launcher, limits,
    mode, names, owned, paths, phases, placement, ports, prepare, rehearsal, roles, schema, sizes, slurm,
    strings, transfer, workload,
};

/// What this phase looks for, in the order in which the book lists them: one group after the other.
pub const RULES: &[Rule] = &[
    // Which roles there are.
    roles::missing::RULE,
    roles::mixed::RULE,
    roles::agg_replicas::RULE,
    roles::benchmark_incomplete::RULE,
    // Counts and shapes.
    sizes::gpus::RULE,
    sizes::ep::RULE,
    sizes::uneven::RULE,
    sizes::unused::RULE,
    sizes::attention_dp::RULE,
    sizes::domain::RULE,
    sizes::too_many::RULE,
    // The engine's own settings.
    schema::unknown_key::RULE,
    schema::version::RULE,
    schema::variant::RULE,
    schema::missing::RULE,
    schema::types::RULE,
    schema::converted::RULE,
    schema::range::RULE,
    schema::value::RULE,
    schema::unlisted::RULE,
    schema::ignored::RULE,
    schema::deprecated::RULE,
    schema::needless_any::RULE,
    // Settings of one server.
    engine::requires::RULE,
    limits::batch_tokens::RULE,
    limits::one_token::RULE,
    limits::graph_batch::RULE,
    limits::graph_sizes::RULE,
    limits::graphs_disagree::RULE,
    limits::memory::RULE,
    // Settings of context and generation servers together.
    transfer::kv_dtype::RULE,
    transfer::block_size::RULE,
    transfer::backend::RULE,
    transfer::left_open::RULE,
    transfer::speculation::RULE,
    transfer::blocks::RULE,
    transfer::buffer::RULE,
    transfer::buffers::RULE,
    transfer::none::RULE,
    transfer::context_cp::RULE,
    transfer::environment::RULE,
    // What the benchmark asks for.
    workload::prompt::RULE,
    workload::answer::RULE,
    workload::step::RULE,
    workload::idle_ranks::RULE,
    workload::overload::RULE,
    workload::dataset::RULE,
    // The launcher rule.
    launcher::worker::RULE,
    launcher::mpi::RULE,
    launcher::bystander::RULE,
    launcher::none::RULE,
    // Backends and services.
    infra::no_backend::RULE,
    infra::no_services::RULE,
    infra::missing::RULE,
    // The benchmark's requests.
    benchmark::requests::RULE,
    benchmark::rounds::RULE,
    benchmark::unused::RULE,
    benchmark::variable::RULE,
    // The benchmark's mode.
    mode::unknown::RULE,
    mode::aggregated::RULE,
    mode::which_pool::RULE,
    mode::concurrency::RULE,
    mode::capacity::RULE,
    mode::dataset::RULE,
    mode::variable::RULE,
    mode::foreign_variable::RULE,
    mode::accuracy::RULE,
    // Wishes about the placement.
    placement::roles::RULE,
    placement::node_kinds::RULE,
    placement::shared::RULE,
    // Names.
    names::topology::RULE,
    names::pool::RULE,
    names::unknown::RULE,
    // Keys that the planner writes.
    owned::key::RULE,
    owned::contradiction::RULE,
    // Environment variables.
    env::name::RULE,
    env::bash::RULE,
    env::planned::RULE,
    env::role::RULE,
    env::no_role::RULE,
    env::near_miss::RULE,
    env::stripped::RULE,
    env::secret::RULE,
    env::expansion::RULE,
    env::quoted::RULE,
    strings::nul::RULE,
    // Slurm and the cluster.
    slurm::planned::RULE,
    slurm::option_form::RULE,
    slurm::unknown_option::RULE,
    slurm::unfamiliar::RULE,
    slurm::twice::RULE,
    slurm::value::RULE,
    slurm::time_form::RULE,
    slurm::time_limit::RULE,
    slurm::deadline::RULE,
    slurm::partition::RULE,
    slurm::partition_nodes::RULE,
    slurm::segment::RULE,
    cluster::incomplete::RULE,
    cluster::ports::RULE,
    cluster::ephemeral::RULE,
    cluster::gres::RULE,
    cluster::mpi::RULE,
    cluster::node_kind::RULE,
    cluster::alike::RULE,
    ports::reserved::RULE,
    // Containers and paths.
    container::image::RULE,
    container::no_image::RULE,
    container::no_pyxis::RULE,
    container::latest::RULE,
    container::mount::RULE,
    container::target::RULE,
    container::unmounted::RULE,
    paths::relative::RULE,
    // Tests in place of servers.
    harness::unknown::RULE,
    harness::missing::RULE,
    harness::word::RULE,
    harness::selection::RULE,
    harness::pools::RULE,
    harness::node_kinds::RULE,
    harness::accuracy::RULE,
    // What each node does first.
    prepare::empty::RULE,
    prepare::program::RULE,
    prepare::wheel::RULE,
    prepare::no_install::RULE,
    // Accuracy tasks.
    accuracy::unsupported::RULE,
    accuracy::task::RULE,
    accuracy::planned::RULE,
    accuracy::key::RULE,
    accuracy::comma::RULE,
    // The pipeline.
    jenkins::missing::RULE,
    jenkins::credential::RULE,
    jenkins::variable::RULE,
    jenkins::secret::RULE,
    jenkins::branch::RULE,
    jenkins::cron::RULE,
    jenkins::time_form::RULE,
    jenkins::timeout::RULE,
    jenkins::retention::RULE,
    jenkins::archive::RULE,
    jenkins::hook::RULE,
    jenkins::stage::RULE,
    jenkins::stage_name::RULE,
    // What a rehearsal is told.
    rehearsal::startup::RULE,
    rehearsal::untold::RULE,
    // Warnings that are allowed.
    allow::unknown::RULE,
    allow::error::RULE,
    allow::unused::RULE,
];

/// These, and then what other phases come upon.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(phases::ALL)
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}
