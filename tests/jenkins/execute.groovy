// Executes a declarative pipeline with the steps that Jenkins would call, of which `sh` really runs a shell. What is no
// step, or stands where Jenkins does not take it, is an error. One line of JSON for each thing that happens.
//
// usage: groovy execute.groovy JENKINSFILE WORKSPACE, with settings as system properties:
//   branch        the branch that is built; none: not a multibranch pipeline
//   credentials   id=secret,… that Jenkins holds
//   abort         the build is aborted as soon as this file exists
//   timeout       seconds that stand for every `timeout`
//   signal        with which a step is ended (TERM, as Jenkins does first; KILL, as it does in the end)
import groovy.json.JsonOutput
import org.apache.tools.ant.DirectoryScanner
import org.apache.tools.ant.types.selectors.SelectorUtils
import org.codehaus.groovy.control.CompilerConfiguration

class Failed extends RuntimeException {
    Failed(String why) { super(why) }
}

class Interrupted extends RuntimeException {
    Interrupted(String why) { super(why) }
}

class Run {
    static final List RESULTS = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'ABORTED']
    static File workspace
    static String result = 'SUCCESS'
    static volatile boolean aborted
    static Map credentials = [:]
    static Script script
    // Whose steps a function of the script calls.
    static final ThreadLocal STEPS = new ThreadLocal()

    static synchronized void tell(Map event) {
        println JsonOutput.toJson(event)
        System.out.flush()
    }

    static synchronized void worse(String other) {
        result = worst(result, other)
    }

    static String worst(String one, String other) {
        RESULTS.indexOf(other) > RESULTS.indexOf(one) ? other : one
    }

    static void call(Closure body, Object delegate) {
        body.delegate = delegate
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body()
    }

    static void requires(boolean holds, String why) {
        if (!holds) {
            throw new IllegalStateException(why)
        }
    }
}

// What a running stage knows.
class Context {
    String stage
    String result = 'SUCCESS'
    Map env = [:]
    // When it is interrupted by its timeout; 0: never.
    long deadline = 0
    Integer seconds
    // A `post` runs whatever was aborted before.
    boolean post

    boolean isInterrupted() {
        !post && (Run.aborted || (deadline > 0 && System.currentTimeMillis() > deadline))
    }
}

class Steps {
    Context context
    Map env = [JOB_NAME: 'job', BUILD_NUMBER: '7', BUILD_URL: 'http://jenkins/job/7/']

    Map getCurrentBuild() { [currentResult: Run.result] }

    void sh(String script) { sh([script: script]) }

    void sh(Map settings) {
        Run.requires(settings.keySet() == ['script'] as Set, "sh with ${settings.keySet()}")
        if (context.interrupted) {
            throw new Interrupted('aborted')
        }
        File file = File.createTempFile('step', '.sh')
        File pid = File.createTempFile('step', '.pid')
        File log = File.createTempFile('step', '.log')
        file.setText(settings.script, 'UTF-8')
        ProcessBuilder builder = new ProcessBuilder('setsid', 'sh', '-c',
            'echo $$ >"$1"; exec sh -xe "$2"', 'sh', pid.path, file.path)
        builder.directory(Run.workspace)
        builder.environment().putAll(context.env)
        builder.redirectErrorStream(true).redirectOutput(log)
        Process process = builder.start()
        boolean ended = false
        while (process.alive) {
            if (context.interrupted && !ended) {
                ended = true
                ['bash', '-c', "kill -${System.getProperty('signal', 'TERM')} -- -\$(cat ${pid.path})"].execute().waitFor()
            }
            sleep 50
        }
        int status = process.exitValue()
        Run.tell(event: 'sh', stage: context.stage, post: context.post, script: settings.script, status: status,
            log: log.getText('UTF-8'))
        [file, pid, log]*.delete()
        if (ended) {
            throw new Interrupted('aborted')
        }
        if (status != 0) {
            throw new Failed("script returned exit code ${status}")
        }
    }

    // A function of the script.
    def methodMissing(String name, Object arguments) {
        Run.STEPS.set(this)
        Run.script.invokeMethod(name, arguments)
    }

    void timeout(Map settings, Closure body) {
        Run.requires(settings.keySet() == ['time', 'unit'] as Set && settings.unit == 'SECONDS', "timeout with ${settings}")
        context.seconds = settings.time
        long seconds = System.getProperty('timeout') as Long ?: settings.time
        context.deadline = System.currentTimeMillis() + 1000 * seconds
        Run.call(body, this)
        context.deadline = 0
    }

    void catchError(Map settings, Closure body) {
        Set known = ['buildResult', 'stageResult', 'catchInterruptions', 'message'] as Set
        Run.requires(known.containsAll(settings.keySet()), "catchError with ${settings.keySet()}")
        try {
            Run.call(body, this)
        } catch (Interrupted interrupted) {
            if (settings.catchInterruptions == false) {
                throw interrupted
            }
            caught(settings)
        } catch (Failed failed) {
            caught(settings)
        }
    }

    private void caught(Map settings) {
        context.result = Run.worst(context.result, settings.stageResult)
        Run.worse(settings.buildResult)
    }

    Map string(Map settings) {
        Run.requires(settings.keySet() == ['credentialsId', 'variable'] as Set, "string with ${settings.keySet()}")
        settings
    }

    void withCredentials(List bindings, Closure body) {
        Map before = context.env
        context.env = before + bindings.collectEntries { binding ->
            if (!Run.credentials.containsKey(binding.credentialsId)) {
                throw new Failed("no credentials ${binding.credentialsId}")
            }
            [binding.variable, Run.credentials[binding.credentialsId]]
        }
        try {
            Run.call(body, this)
        } finally {
            context.env = before
        }
    }

    void junit(Map settings) {
        Run.requires(settings.keySet() == ['testResults', 'allowEmptyResults'] as Set, "junit with ${settings.keySet()}")
        List cases = files(settings.testResults).collectMany { path ->
            new XmlParser().parse(new File(Run.workspace, path)).testcase.collect { test ->
                [name: "${test.'@classname'}.${test.'@name'}".toString(), failure: test.failure ? test.failure[0].'@type' : null]
            }
        }
        Run.tell(event: 'junit', stage: context.stage, cases: cases)
        if (cases.any { test -> test.failure }) {
            context.result = Run.worst(context.result, 'UNSTABLE')
            Run.worse('UNSTABLE')
        }
    }

    void archiveArtifacts(Map settings) {
        Run.requires(settings.keySet() == ['artifacts', 'allowEmptyArchive'] as Set,
            "archiveArtifacts with ${settings.keySet()}")
        Run.tell(event: 'archive', stage: context.stage, files: files(settings.artifacts))
    }

    // As Jenkins finds them: with Ant, which ends a pattern at a comma or a blank.
    private List files(String patterns) {
        DirectoryScanner scanner = new DirectoryScanner(basedir: Run.workspace,
            includes: patterns.split('[, ]+') as String[])
        scanner.scan()
        scanner.includedFiles.toList().sort()
    }

    void mail(Map settings) {
        Run.requires(settings.keySet() == ['to', 'subject', 'body'] as Set, "mail with ${settings.keySet()}")
        Run.tell([event: 'mail'] + settings.collectEntries { key, value -> [key, value.toString()] })
    }

    void slackSend(Map settings) {
        Run.requires(settings.keySet() == ['channel', 'message'] as Set, "slackSend with ${settings.keySet()}")
        Run.tell([event: 'slack'] + settings.collectEntries { key, value -> [key, value.toString()] })
    }
}

// `when { anyOf { branch … } }`
class When {
    List found = []

    void branch(String pattern) {
        String name = System.getProperty('branch')
        found << (name != null && SelectorUtils.matchPath(pattern, name))
    }

    void anyOf(Closure body) {
        When inner = new When()
        Run.call(body, inner)
        Run.requires(!inner.found.empty, 'anyOf without a condition')
        found << inner.found.any()
    }
}

class Post {
    static final List CONDITIONS =
        ['always', 'changed', 'fixed', 'regression', 'aborted', 'failure', 'success', 'unstable', 'cleanup']
    Map blocks = [:]

    def invokeMethod(String name, Object arguments) {
        Run.requires(CONDITIONS.contains(name) && !blocks.containsKey(name), "post { ${name} }")
        blocks[name] = arguments[0]
        null
    }

    // The build before this one passed.
    void run(Context context, String result) {
        Map holds = [always: true, changed: result != 'SUCCESS', fixed: false, regression: result != 'SUCCESS',
            aborted: result == 'ABORTED', failure: result == 'FAILURE', success: result == 'SUCCESS',
            unstable: result == 'UNSTABLE', cleanup: true]
        CONDITIONS.findAll { name -> blocks[name] && holds[name] }.each { name ->
            Run.call(blocks[name], new Steps(context: context))
        }
    }
}

class Stage {
    String name
    boolean inParallel
    Closure conditions, body
    List children, branches
    Post after = new Post()

    void when(Closure closure) { conditions = closure }
    void steps(Closure closure) { body = closure }
    void post(Closure closure) { Run.call(closure, after) }

    void stages(Closure closure) {
        Stages inner = new Stages(inParallel: inParallel)
        Run.call(closure, inner)
        children = inner.checked()
    }

    void parallel(Closure closure) {
        Run.requires(!inParallel, "${name}: parallel in parallel")
        Stages inner = new Stages(inParallel: true)
        Run.call(closure, inner)
        branches = inner.checked()
    }

    void check() {
        Run.requires([body, children, branches].count { it != null } == 1, "${name} needs one of steps, stages, parallel")
    }

    // Throws what ends the stages behind it.
    void run() {
        if (conditions) {
            When found = new When()
            Run.call(conditions, found)
            if (!found.found.every()) {
                Run.tell(event: 'stage', stage: name, result: 'SKIPPED')
                return
            }
        }
        Context context = new Context(stage: name)
        RuntimeException thrown
        try {
            if (body) {
                Run.call(body, new Steps(context: context))
            } else if (children) {
                Stages.inTurn(children)
            } else {
                Stages.atOnce(branches)
            }
        } catch (Interrupted | Failed why) {
            thrown = why
            context.result = why instanceof Interrupted ? 'ABORTED' : 'FAILURE'
            Run.worse(context.result)
        }
        context.post = true
        after.run(context, context.result)
        if (body) {
            Run.tell(event: 'stage', stage: name, result: context.result, seconds: context.seconds)
        }
        if (thrown) {
            throw thrown
        }
    }
}

class Stages {
    boolean inParallel
    List all = []

    void stage(String name, Closure closure) {
        Stage stage = new Stage(name: name, inParallel: inParallel)
        Run.call(closure, stage)
        stage.check()
        all << stage
    }

    List checked() {
        Run.requires(!all.empty && all*.name.toSet().size() == all.size(), "stages ${all*.name}")
        all
    }

    static void inTurn(List stages) {
        stages.each { stage ->
            if (Run.aborted) {
                throw new Interrupted('aborted')
            }
            stage.run()
        }
    }

    static void atOnce(List stages) {
        List thrown = [].asSynchronized()
        List threads = stages.collect { stage ->
            Thread.start {
                try {
                    stage.run()
                } catch (Throwable why) {
                    thrown << why
                }
            }
        }
        threads*.join()
        RuntimeException worst = thrown.find { why -> !(why instanceof Failed) } ?: thrown.find()
        if (worst) {
            throw worst
        }
    }
}

// Everything around the stages: recorded, and checked for its form.
class Recorder {
    Map calls = [:]
    List known

    def invokeMethod(String name, Object arguments) {
        Run.requires(known.contains(name), "${name} is not known here")
        def argument = arguments.length ? arguments[0] : true
        if (argument instanceof Closure) {
            Recorder inner = new Recorder(known: known)
            Run.call(argument, inner)
            argument = inner.calls
        }
        calls[name] = argument
        argument
    }
}

class Pipeline {
    Map around = [:]
    Stages all
    Post after = new Post()

    private void record(String name, List known, Closure closure) {
        Run.requires(!around.containsKey(name), "${name} twice")
        Recorder recorder = new Recorder(known: known)
        Run.call(closure, recorder)
        around[name] = recorder.calls
    }

    void agent(Closure closure) { record('agent', ['node', 'label', 'customWorkspace'], closure) }
    void options(Closure closure) {
        record('options', ['disableConcurrentBuilds', 'buildDiscarder', 'logRotator'], closure)
    }
    void triggers(Closure closure) { record('triggers', ['cron'], closure) }
    void post(Closure closure) { Run.call(closure, after) }

    void stages(Closure closure) {
        all = new Stages()
        Run.call(closure, all)
        all.checked()
    }
}

abstract class PipelineScript extends Script {
    def methodMissing(String name, Object arguments) {
        Run.STEPS.get().invokeMethod(name, arguments)
    }

    void pipeline(Closure closure) {
        Run.script = this
        Pipeline pipeline = new Pipeline()
        Run.call(closure, pipeline)
        Run.requires(pipeline.all != null && pipeline.around.agent != null, 'a pipeline needs agent and stages')
        Run.tell([event: 'pipeline'] + pipeline.around)
        try {
            Stages.inTurn(pipeline.all.all)
        } catch (Interrupted | Failed ignored) {
            // The result has it.
        }
        pipeline.after.run(new Context(post: true), Run.result)
        Run.tell(event: 'build', result: Run.result)
    }
}

Run.workspace = new File(args[1])
Run.credentials = (System.getProperty('credentials') ?: '').tokenize(',').collectEntries { pair -> pair.split('=', 2).toList() }
if (System.getProperty('abort')) {
    Thread.startDaemon {
        while (!new File(System.getProperty('abort')).exists()) {
            sleep 50
        }
        Run.aborted = true
    }
}
CompilerConfiguration configuration = new CompilerConfiguration(scriptBaseClass: PipelineScript.name, sourceEncoding: 'UTF-8')
new GroovyShell(this.class.classLoader, new Binding(), configuration).evaluate(new File(args[0]))
