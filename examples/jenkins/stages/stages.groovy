// Written by `disaggc jenkins --stages`: change the topologies and write it anew, lest they differ.
//
// For L0_Test.groovy: load this file, add disaggcStages() to the stages of launchTestJobs(), and for a stage of these
// take disaggcPytestUtil(stageName) and disaggcPytestCommand(stageName) instead of its own.

// The entries that buildStageConfigs() makes: platform, test list, which of its tests, how many it has, GPUs, nodes,
// and that Slurm runs it through sbatch.
Map disaggcStages() {
    return [
        'GB200-16_GPUs-4_Nodes-PyTorch-Disagg-PerfSanity-CTX2-NODE1-GPU4-GEN1-NODE2-GPU8-Post-Merge-1': [
            'auto:gb200-flex',
            'l0_gb200_multi_nodes_perf_sanity_ctx2_node1_gpu4_gen1_node2_gpu8',
            1, 1, 16, 4, true,
        ],
    ]
}

// What starts the ranks, before pytest. The pipeline's own rule, more than one node, leaves it out for one node with
// several GPUs: there a server would be one process.
String disaggcPytestUtil(String stageName) {
    return [
        'GB200-16_GPUs-4_Nodes-PyTorch-Disagg-PerfSanity-CTX2-NODE1-GPU4-GEN1-NODE2-GPU8-Post-Merge-1':
            '/lustre/TensorRT-LLM/tensorrt_llm/llmapi/trtllm-llmapi-launch',
    ][stageName]
}

// The whole command, which the job evaluates.
String disaggcPytestCommand(String stageName) {
    return [
        'GB200-16_GPUs-4_Nodes-PyTorch-Disagg-PerfSanity-CTX2-NODE1-GPU4-GEN1-NODE2-GPU8-Post-Merge-1': [
            'LLM_ROOT=/lustre/TensorRT-LLM',
            'LLM_BACKEND_ROOT=/lustre/TensorRT-LLM/triton_backend',
            'LLM_MODELS_ROOT=/lustre/models',
            'MODEL_CACHE_DIR=/lustre/models',
            'COLUMNS=300',
            'CPP_TEST_TIMEOUT_OVERRIDDEN=5400',
            'NCCL_DEBUG=INFO',
            'CONTAINER_PORT_START="$CONTAINER_PORT_START"',
            'CONTAINER_PORT_NUM=10',
            disaggcPytestUtil(stageName),
            'pytest',
            '-vv',
            '--timeout-method=thread',
            '--apply-test-list-correction',
            '--timeout=5400',
            '--rootdir',
            '/lustre/TensorRT-LLM/tests/integration/defs',
            '--test-prefix="$stageName"',
            '--output-dir="$jobWorkspace"/"$stageName"/',
            '--csv="$jobWorkspace"/"$stageName"/report.csv',
            '-o',
            'junit_logging=out-err',
            '--junit-xml="$jobWorkspace"/"$stageName"/results.xml',
            '--test-list="$jobWorkspace"/l0_gb200_multi_nodes_perf_sanity_ctx2_node1_gpu4_gen1_node2_gpu8.txt',
            '--splitting-algorithm', 'least_duration', '--splits', '1', '--group', '1',
        ],
    ][stageName].findAll { word -> word }.join(' ')
}

return this
