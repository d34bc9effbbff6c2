// Loads stages of an engine's pipeline and prints what they say. usage: groovy stages.groovy FILE
import groovy.json.JsonOutput

Script stages = new GroovyShell().parse(new File(args[0]))
println JsonOutput.toJson(stages.run().disaggcStages().collect { name, entry ->
    [name: name, entry: entry, util: stages.disaggcPytestUtil(name), command: stages.disaggcPytestCommand(name)]
})
