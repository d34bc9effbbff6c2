/*
 * Options of sbatch and srun that a cluster may have and Debian's Slurm lacks: pyxis' --container-* and
 * --segment. They are read and refused as there, and do nothing: in a rehearsal all runs on this machine.
 *
 * Its arguments in plugstack.conf say which ones the cluster has: "pyxis", "segment".
 */
#include <stdlib.h>
#include <string.h>

#include <slurm/slurm.h>
#include <slurm/spank.h>

SPANK_PLUGIN(rehearsal, 1)

enum { IMAGE, MOUNTS, NAME, PATH, VARIABLES, FLAG, SEGMENT };

static int refuse(const char *option, const char *why, const char *value)
{
    slurm_error("%s: %s: \"%s\"", option, why, value);
    return ESPANK_BAD_ARG;
}

/* SOURCE:TARGET[:FLAG+FLAG], separated by commas; one path alone is mounted in the same place. */
static int check_mounts(const char *list)
{
    const char *at = list;

    for (;;) {
        size_t length = strcspn(at, ",");
        size_t source = strcspn(at, ":,");

        if (length == 0)
            return refuse("--container-mounts", "an empty mount", list);
        if (at[0] != '/')
            return refuse("--container-mounts", "a mount's source must be an absolute path", list);
        if (source < length && at[source + 1] != '/')
            return refuse("--container-mounts", "a mount's target must be an absolute path", list);
        if (at[length] == '\0')
            return ESPANK_SUCCESS;
        at += length + 1;
    }
}

static int check(int kind, const char *value, int remote)
{
    if (remote || kind == FLAG)
        return ESPANK_SUCCESS;
    if (value == NULL || value[0] == '\0')
        return refuse("a container or segment option", "its value is empty", "");
    switch (kind) {
    case IMAGE:
        if (strpbrk(value, " \t\n") != NULL)
            return refuse("--container-image", "an image's name has no blanks", value);
        return ESPANK_SUCCESS;
    case NAME:
        if (value[0] == ':' || strpbrk(value, "/ \t\n") != NULL)
            return refuse("--container-name", "a container's name has no slash and no blanks", value);
        return ESPANK_SUCCESS;
    case MOUNTS:
        return check_mounts(value);
    case PATH:
        if (value[0] != '/')
            return refuse("a container option", "it takes an absolute path", value);
        return ESPANK_SUCCESS;
    case VARIABLES:
        if (strpbrk(value, "= \t\n") != NULL)
            return refuse("--container-env", "it takes names of variables, separated by commas", value);
        return ESPANK_SUCCESS;
    case SEGMENT: {
        char *end;
        long nodes = strtol(value, &end, 10);

        if (*end != '\0' || nodes < 1)
            return refuse("--segment", "it takes a number of nodes", value);
        return ESPANK_SUCCESS;
    }
    default:
        return ESPANK_SUCCESS;
    }
}

static struct spank_option pyxis[] = {
    { "container-image", "IMAGE", "the container's image", 1, IMAGE, check },
    { "container-mounts", "SOURCE:TARGET[:FLAGS],...", "what to mount in it", 1, MOUNTS, check },
    { "container-workdir", "PATH", "the folder to start in", 1, PATH, check },
    { "container-name", "NAME", "the name to keep it under", 1, NAME, check },
    { "container-save", "PATH", "where to save it", 1, PATH, check },
    { "container-env", "NAME,...", "variables that the image must not set", 1, VARIABLES, check },
    { "container-mount-home", NULL, "mount the home folder", 0, FLAG, check },
    { "no-container-mount-home", NULL, "do not mount the home folder", 0, FLAG, check },
    { "container-remap-root", NULL, "be root in it", 0, FLAG, check },
    { "no-container-remap-root", NULL, "do not be root in it", 0, FLAG, check },
    { "container-entrypoint", NULL, "run the image's entry point", 0, FLAG, check },
    { "no-container-entrypoint", NULL, "do not run the image's entry point", 0, FLAG, check },
    { "container-writable", NULL, "make it writable", 0, FLAG, check },
    { "container-readonly", NULL, "make it read-only", 0, FLAG, check },
};

/* Slurm has this option itself since 23.11. */
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(23, 11, 0)
static struct spank_option segment[] = {
    { "segment", "NODES", "nodes that must share a block", 1, SEGMENT, check },
};
#else
static struct spank_option segment[0];
#endif

static int add(spank_t spank, struct spank_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        spank_err_t result = spank_option_register(spank, &options[i]);
        if (result != ESPANK_SUCCESS)
            return result;
    }
    return ESPANK_SUCCESS;
}

int slurm_spank_init(spank_t spank, int count, char **arguments)
{
    int result = ESPANK_SUCCESS;

    for (int i = 0; i < count && result == ESPANK_SUCCESS; i++) {
        if (strcmp(arguments[i], "pyxis") == 0)
            result = add(spank, pyxis, sizeof pyxis / sizeof pyxis[0]);
        else if (strcmp(arguments[i], "segment") == 0)
            result = add(spank, segment, sizeof segment / sizeof segment[0]);
    }
    return result;
}
