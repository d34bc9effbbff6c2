/*
 * Runs the tasks of a step in its container: in a mount namespace with a root of its own, which the script
 * `container` makes once for each step on a node.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <slurm/slurm.h>
#include <slurm/spank.h>

#include "container.h"

/* A step with a failure of another number, or outside its tasks, ends with code 0 (Slurm 22.05). */
#define FAILURE (-1)

/* Whether the step has a container, and its namespace; -1: it could not be made. Tasks are forked, and have both. */
static int wanted, namespace = -1;

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

/* Never returns. What the script says goes to `output`; a last byte 0 says that all is made. */
static void make(int output, int until, const char *node, const char *name)
{
    char script[PATH_MAX];
    int status = 0;
    pid_t pid;

    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    snprintf(script, sizeof script, "%s/container", container.work);
    pid = fork();
    if (pid == 0) {
        /* Before the namespace: the container itself belongs to the node. */
        execl("/bin/bash", "bash", script, "create", container.work, node, name,
              or_nothing(container.image), (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0 || unshare(CLONE_NEWNS) != 0)
        _exit(1);
    pid = fork();
    if (pid == 0) {
        execl("/bin/bash", "bash", script, "enter", container.work, node, name,
              or_nothing(container.mounts), container.readonly ? "readonly" : "writable", (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        _exit(1);
    if (write(output, "", 1) != 1)
        _exit(1);
    /* The namespace lives as long as this process, until the parent has opened it. */
    read(until, &status, 1);
    _exit(0);
}

/* Makes the container and its namespace: once for each step on a node. */
int slurm_spank_user_init(spank_t spank, int count, char **arguments)
{
    int output[2], until[2], made = 0;
    char node[HOST_NAME_MAX + 1], own_name[64], path[64], text[4096];
    uint32_t job = 0, step = 0;
    size_t length = 0;
    ssize_t got;
    pid_t pid;

    (void)count;
    (void)arguments;
    if (container.image == NULL && container.name == NULL) {
        if (container.mounts != NULL || container.workdir != NULL)
            slurm_error("pyxis: container options without --container-image and --container-name do nothing");
        return ESPANK_SUCCESS;
    }
    wanted = 1;
    spank_get_item(spank, S_JOB_ID, &job);
    spank_get_item(spank, S_JOB_STEPID, &step);
    snprintf(own_name, sizeof own_name, "unnamed-%u.%u", job, step);
    if (gethostname(node, sizeof node) != 0 || pipe2(output, O_CLOEXEC) != 0 || pipe2(until, O_CLOEXEC) != 0 ||
        (pid = fork()) < 0) {
        slurm_error("pyxis: %m");
        return ESPANK_SUCCESS;
    }
    if (pid == 0) {
        close(output[0]);
        close(until[1]);
        make(output[1], until[0], node, container.name == NULL ? own_name : container.name);
    }
    close(output[1]);
    close(until[0]);
    while (!made && length < sizeof text - 1 && (got = read(output[0], text + length, sizeof text - 1 - length)) > 0) {
        length += got;
        made = text[length - 1] == '\0';
    }
    text[length] = '\0';
    if (made) {
        snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
        namespace = open(path, O_RDONLY | O_CLOEXEC);
    }
    close(output[0]);
    close(until[1]);
    waitpid(pid, NULL, 0);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        slurm_error("pyxis: %s", line);
    return ESPANK_SUCCESS;
}

/* In each task, before its program starts. */
int slurm_spank_task_init(spank_t spank, int count, char **arguments)
{
    const char *folder = container.workdir == NULL ? "/" : container.workdir;

    (void)count;
    (void)arguments;
    if (!wanted)
        return ESPANK_SUCCESS;
    if (namespace < 0)
        return FAILURE;
    if (setns(namespace, CLONE_NEWNS) != 0) {
        slurm_error("pyxis: its namespace can't be entered: %m");
        return FAILURE;
    }
    if (chdir(folder) != 0) {
        slurm_error("pyxis: --container-workdir=%s: %m", folder);
        return FAILURE;
    }
    spank_setenv(spank, "PWD", folder, 1);
    return spank_setenv(spank, "REHEARSAL_CONTAINER", container.image == NULL ? container.name : container.image, 1);
}
