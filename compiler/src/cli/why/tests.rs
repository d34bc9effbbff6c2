//! Paths.

use super::name;

#[test]
fn a_pool_is_named_as_set_names_it() {
    assert_eq!(name("gen[long].config.max_batch_size"), "gen_long.config.max_batch_size");
    assert_eq!(name("gen[very-long].tp"), "gen_very_long.tp");
    assert_eq!(name("slurm.partition"), "sbatch.partition");
    assert_eq!(name("slurm"), "sbatch");
    assert_eq!(name("slurmy.x"), "slurmy.x");
    for odd in ["", "]", "[", "][", "a]b[c", "gen[", "é[ü]"] {
        name(odd);
    }
}
