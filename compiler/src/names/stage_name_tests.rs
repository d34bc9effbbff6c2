use proptest::prelude::*;

use super::*;

fn read(text: &str) -> StageName {
    let name = StageName::parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(name.to_string(), text);
    name
}

fn servers(count: u32, nodes: u32, gpus: u32) -> Servers {
    Servers { count, nodes, gpus }
}

#[test]
fn names_of_real_stages_are_read_and_their_sums_are_right() {
    for text in [
        "GB200-12_GPUs-3_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU4-GEN1-NODE2-GPU8-Post-Merge-5",
        "GB200-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU1-GEN1-NODE1-GPU4-Post-Merge",
        "GB300-56_GPUs-14_Nodes-PyTorch-Disagg-PerfSanity-CTX12-NODE1-GPU4-GEN1-NODE2-GPU8-Post-Merge-1",
        "GB300-28_GPUs-7_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU4-GEN6-NODE1-GPU4-Post-Merge-2",
        "DGX_B200-16_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU4-GEN1-NODE1-GPU8-Post-Merge-2",
        "GB200-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-FUNCTIONAL-ONLY-CTX1-NODE1-GPU1-GEN1-NODE1-GPU4-1",
        "GB300-24_GPUs-6_Nodes-PyTorch-Disagg-PerfSanity-AgentX-CTX2-NODE2-GPU8-GEN1-NODE2-GPU8-Post-Merge-1",
        "GB200-12_GPUs-3_Nodes-PyTorch-PerfSanity-Disagg-Post-Merge-1",
        "GB200-8_GPUs-2_Nodes-PyTorch-PerfSanity-Node2-GPU8-Post-Merge-6",
        "GB200-8_GPUs-2_Nodes-PyTorch-PerfSanity-Post-Merge-1",
        "GB200-4_GPUs-PyTorch-PerfSanity-2",
        "DGX_B200-8_GPUs-PyTorch-PerfSanity-Post-Merge-4",
        "DGX_B200-PyTorch-PerfSanity-Post-Merge-1",
        "H100-PyTorch-PerfSanity-1",
    ] {
        assert_eq!(read(text).contradictions(), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn every_part_has_its_place() {
    let text = "DGX_B200-16_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-FUNCTIONAL-ONLY-CTX1-NODE1-GPU4-GEN1-NODE1-GPU8-Post-Merge-3";
    assert_eq!(
        read(text),
        StageName {
            platform: "DGX_B200".into(),
            gpus: Some(16),
            nodes: Some(2),
            kind: Kind::Disaggregated {
                label: Some(FUNCTIONAL_ONLY.into()),
                ctx: servers(1, 1, 4),
                generation: servers(1, 1, 8)
            },
            post_merge: true,
            number: Some(3),
        }
    );
    let aggregated = read("GB300-8_GPUs-2_Nodes-PyTorch-PerfSanity-Node2-GPU8");
    assert_eq!(aggregated.kind, Kind::Aggregated { server: Some((2, 8)) });
    assert_eq!((aggregated.post_merge, aggregated.number), (false, None));
}

#[test]
fn the_numbers_of_a_new_name_follow_from_the_servers() {
    let name = |g, ctx, generation| StageName::disaggregated("GB200", g, ctx, generation).unwrap();
    let stage = name(4, Servers::on_whole_nodes(1, 4, 4), Servers::on_whole_nodes(2, 6, 4));
    assert_eq!(
        stage.to_string(),
        "GB200-20_GPUs-5_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU4-GEN2-NODE2-GPU6"
    );
    assert_eq!(stage.contradictions(), Vec::<String>::new());
    let stage = StageName { post_merge: true, number: Some(2), ..stage };
    assert!(stage.to_string().ends_with("-GEN2-NODE2-GPU6-Post-Merge-2"));

    for (per_node, gpus, text) in [
        (4, 8, "GB200-8_GPUs-2_Nodes-PyTorch-PerfSanity-Node2-GPU8"),
        (4, 2, "GB200-4_GPUs-PyTorch-PerfSanity"),
        (1, 1, "GB200-PyTorch-PerfSanity"),
    ] {
        let stage = StageName::aggregated("GB200", per_node, gpus).unwrap();
        assert_eq!((stage.to_string(), stage.contradictions()), (text.to_owned(), Vec::new()));
    }
    StageName::disaggregated("GB 200", 4, servers(1, 1, 4), servers(1, 1, 4)).unwrap_err();
    StageName::disaggregated("GB200", 4, servers(0, 0, 0), servers(1, 1, 4)).unwrap_err();
    StageName::disaggregated("GB200", 8, servers(u32::MAX, u32::MAX, 8), servers(1, 1, 8)).unwrap();
}

#[test]
fn sums_that_contradict_each_other_are_named() {
    let found = |text: &str| read(text).contradictions();
    assert_eq!(
        found("GB200-16_GPUs-4_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU4-GEN1-NODE2-GPU8"),
        ["the servers take 3 nodes, the name says 4"]
    );
    assert_eq!(
        found("GB200-12_GPUs-3_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU8-GEN1-NODE2-GPU4"),
        [
            "CTX: 8 GPUs with 4 on a node make NODE2, not NODE1",
            "GEN: 4 GPUs with 4 on a node make NODE1, not NODE2"
        ]
    );
    assert_eq!(
        found("GB200-13_GPUs-3_Nodes-PyTorch-PerfSanity-Disagg"),
        ["13 GPUs can't be spread evenly over 3 nodes"]
    );
    assert_eq!(
        found("GB200-8_GPUs-2_Nodes-PyTorch-PerfSanity-Node3-GPU8"),
        [
            "aggregated: 8 GPUs with 4 on a node make NODE2, not NODE3",
            "the servers take 3 nodes, the name says 2"
        ]
    );
}

#[test]
fn an_error_names_the_place_and_what_is_expected_there() {
    assert_eq!(
        StageName::parse("GB200-8_GPU-2_Nodes-PyTorch-PerfSanity").unwrap_err().to_string(),
        "`GB200-8_GPU-2_Nodes-PyTorch-PerfSanity` is not a stage name: `_GPUs-` is expected after `GB200-8`, not `_GPU-2_Nodes-PyTorch-PerfSanity`
the known forms are:
  PLATFORM-n_GPUs-n_Nodes-PyTorch-Disagg-PerfSanity-[LABEL-]CTXn-NODEn-GPUn-GENn-NODEn-GPUn
  PLATFORM-n_GPUs-n_Nodes-PyTorch-PerfSanity-Noden-GPUn    aggregated, several nodes
  PLATFORM[-n_GPUs[-n_Nodes]]-PyTorch-PerfSanity           aggregated
  PLATFORM-n_GPUs-n_Nodes-PyTorch-PerfSanity-Disagg        older, disaggregated
  each with `-Post-Merge` and `-n`, the number of the stage among its like, behind it"
    );
    for (text, part) in [
        ("", "it ends where a platform's name (letters, digits, _) is expected"),
        ("GB200-8_GPUs-2_Nodes-CPP-1", "`PyTorch` is expected after `GB200-8_GPUs-2_Nodes-`, not `CPP-1`"),
        ("GB200-0_GPUs-PyTorch-PerfSanity", "GPUs, a number from 1 to 4294967295 is expected after `GB200-`"),
        (
            "GB200-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-Post-Merge",
            "`CTXn`, or a label and `-CTXn`, is expected",
        ),
        (
            "GB200-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-é-CTX1-NODE1-GPU4",
            "a label (letters, digits, _ -) is",
        ),
        (
            "GB200-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU4-GEN1-NODE1",
            "it ends where `-GPU` is",
        ),
        (
            "GB200-8_GPUs-PyTorch-PerfSanity-Disagg",
            "`n_Nodes-` is expected after `GB200-8_GPUs-`, not `PyTorch-",
        ),
        ("GB200-PyTorch-PerfSanity-Node2-GPU8", "`n_GPUs-n_Nodes-` is expected after `GB200-`"),
        (
            "GB200-PyTorch-PerfSanity-Post-Merged",
            "`-n` or nothing is expected after `GB200-PyTorch-PerfSanity-Post-Merge`",
        ),
        ("GB200-PyTorch-PerfSanity-x", "the stage's number, a number from 1 to 4294967295 is expected after"),
        ("GB200-PyTorch-PerfSanity-1-Post-Merge", "the end or nothing is expected after"),
    ] {
        let error = StageName::parse(text).expect_err(text).to_string();
        assert!(error.contains(part), "{error}");
    }
}

fn any_servers() -> impl Strategy<Value = Servers> {
    (1u32.., 1u32.., 1u32..).prop_map(|(count, nodes, gpus)| Servers { count, nodes, gpus })
}

proptest! {
    #[test]
    fn what_is_made_is_read(
        platform in "[A-Za-z0-9_]{1,12}", gpus in 1u32.., nodes in 1u32..,
        kind in prop_oneof![
            (proptest::option::of("[A-Za-z][A-Za-z_-]{0,10}"), any_servers(), any_servers())
                .prop_map(|(label, ctx, generation)| Kind::Disaggregated { label, ctx, generation }),
            Just(Kind::OlderDisaggregated),
            proptest::option::of((1u32.., 1u32..)).prop_map(|server| Kind::Aggregated { server }),
        ],
        post_merge: bool, number in proptest::option::of(1u32..),
    ) {
        let name = StageName { platform, gpus: Some(gpus), nodes: Some(nodes), kind, post_merge, number };
        prop_assert_eq!(StageName::parse(&name.to_string()), Ok(name.clone()));
        name.contradictions();
    }

    #[test]
    fn derived_numbers_never_contradict_each_other(
        per_node in 1u32..16, ctx in (1u32..20, 1u32..64), generation in (1u32..20, 1u32..64),
    ) {
        let servers = |(count, gpus)| Servers::on_whole_nodes(count, gpus, per_node);
        let name = StageName::disaggregated("P", per_node, servers(ctx), servers(generation)).unwrap();
        prop_assert_eq!(name.contradictions(), Vec::<String>::new());
        let name = StageName::aggregated("P", per_node, generation.1).unwrap();
        prop_assert_eq!(name.contradictions(), Vec::<String>::new());
    }

    #[test]
    fn what_is_read_is_written(text in r"G(-[0-9]{1,2}_GPUs)?(-[0-9]_Nodes)?-PyTorch(-Disagg)?-PerfSanity(-Disagg)?(-A-B)?(-CTX1-NODE1-GPU1-GEN1-NODE1-GPU0?1)?(-Node2-GPU8)?(-Post-Merge)?(-[0-9]{1,2})?") {
        if let Ok(name) = StageName::parse(&text) {
            prop_assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn no_text_breaks_it(text in ".{0,60}", before in "(G-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-)?") {
        if let Err(error) = StageName::parse(&format!("{before}{text}")) {
            error.to_string();
        }
    }
}
