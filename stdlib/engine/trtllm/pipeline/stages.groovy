// Written by `disaggc jenkins --stages`: change the topologies and write it anew, lest they differ.
//
// For L0_Test.groovy: load this file, add disaggcStages() to the stages of launchTestJobs(), and for a stage of these
// take disaggcPytestUtil(stageName) and disaggcPytestCommand(stageName) instead of its own.

// The entries that buildStageConfigs() makes: platform, test list, which of its tests, how many it has, GPUs, nodes,
// and that Slurm runs it through sbatch.
Map disaggcStages() {
    return [
[%- for stage in stages %]
        [= stage.name =]: [
            [= stage.platform =],
            [= stage.list =],
            [= stage.number =], [= stage.count =], [= stage.gpus =], [= stage.nodes =], true,
        ],
[%- endfor %]
    ]
}

// What starts the ranks, before pytest. The pipeline's own rule, more than one node, leaves it out for one node with
// several GPUs: there a server would be one process.
String disaggcPytestUtil(String stageName) {
    return [
[%- for stage in stages %]
        [= stage.name =]:
            [= stage.launcher =],
[%- endfor %]
    ][stageName]
}

// The whole command, which the job evaluates.
String disaggcPytestCommand(String stageName) {
    return [
[%- for stage in stages %]
        [= stage.name =]: [
[%- for variable in stage.variables %]
            [= variable =],
[%- endfor %]
            disaggcPytestUtil(stageName),
[%- for word in stage.words %]
            [= word =],
[%- endfor %]
            '--splitting-algorithm', 'least_duration', '--splits', '[= stage.count =]', '--group', '[= stage.number =]',
        ],
[%- endfor %]
    ][stageName].findAll { word -> word }.join(' ')
}

return this
