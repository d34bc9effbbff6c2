/*
 * Options of sbatch and srun that a cluster may have and Debian's Slurm lacks: pyxis' --container-* and
 * --segment. They are read and refused as there (NVIDIA/pyxis, args.c); container.c does what they say.
 *
 * Its arguments in plugstack.conf say which ones the cluster has: "pyxis=WORK", with the rehearsal's work folder,
 * and "segment".
 */
#include <stdlib.h>
#include <string.h>

#include <slurm/slurm.h>
#include <slurm/spank.h>

#include "container.h"

SPANK_PLUGIN(rehearsal, 1)

enum { IMAGE, MOUNTS, WORKDIR, NAME, SAVE, VARIABLES, HOME, REMAP, ENTRYPOINT, LOG, WRITABLE, SEGMENT, KINDS };

/* Added to the kind of an option that says the opposite of another. */
#define NO KINDS

struct container container;

static int refuse(const char *option, const char *why, const char *value)
{
    slurm_error("%s: %s: \"%s\"", option, why, value);
    return ESPANK_BAD_ARG;
}

static int is_path(const char *text)
{
    return text[0] == '/' || text[0] == '.';
}

/* SOURCE:TARGET[:FLAG+FLAG], separated by commas; one path alone is mounted in the same place. */
static int check_mounts(const char *list)
{
    const char *at = list;

    for (;;) {
        size_t length = strcspn(at, ",");
        size_t source = strcspn(at, ":,");
        int special = strncmp(at, "tmpfs:", 6) == 0 || strncmp(at, "umount:", 7) == 0;

        if (length == 0)
            return refuse("--container-mounts", "an empty mount", list);
        if (!is_path(at) && !special)
            return refuse("--container-mounts", "a mount's source must be a path, tmpfs or umount", list);
        if (source < length && !is_path(at + source + 1))
            return refuse("--container-mounts", "a mount's target must be a path", list);
        if (at[length] == '\0')
            return ESPANK_SUCCESS;
        at += length + 1;
    }
}

static int check_name(const char *value)
{
    const char *flag = strchr(value, ':');

    if (value[0] == ':' || strpbrk(value, "/ \t\n") != NULL)
        return refuse("--container-name", "a container's name has no slash and no blanks", value);
    if (flag != NULL && strcmp(flag, ":auto") != 0 && strcmp(flag, ":create") != 0 && strcmp(flag, ":exec") != 0 &&
        strcmp(flag, ":no_exec") != 0)
        return refuse("--container-name", "its flag is auto, create, exec or no_exec", value);
    return ESPANK_SUCCESS;
}

static int check(int kind, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return refuse("a container or segment option", "its value is empty", "");
    switch (kind) {
    case IMAGE:
        if (strpbrk(value, " \t\n") != NULL)
            return refuse("--container-image", "an image's name has no blanks", value);
        return ESPANK_SUCCESS;
    case NAME:
        return check_name(value);
    case MOUNTS:
        return check_mounts(value);
    case WORKDIR:
        if (value[0] != '/')
            return refuse("--container-workdir", "it takes an absolute path", value);
        return ESPANK_SUCCESS;
    case SAVE:
        if (value[strlen(value) - 1] == '/')
            return refuse("--container-save", "it takes a file, not a folder", value);
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

/* Where an option's value is kept; NULL for one that changes nothing here. */
static char **kept(int kind)
{
    switch (kind) {
    case IMAGE:
        return &container.image;
    case MOUNTS:
        return &container.mounts;
    case WORKDIR:
        return &container.workdir;
    case NAME:
        return &container.name;
    default:
        return NULL;
    }
}

static int take(int kind, const char *value, int remote)
{
    char **place = kept(kind);

    (void)remote;
    if (check(kind, value) != ESPANK_SUCCESS)
        return ESPANK_BAD_ARG;
    if (place != NULL) {
        /* Slurm may hand over the same value twice. */
        if (*place != NULL && strcmp(*place, value) != 0)
            return refuse("a container option", "it is given more than once", value);
        *place = strdup(value);
    }
    return ESPANK_SUCCESS;
}

/* An option without a value; it and its opposite together are refused. */
static int take_flag(int kind, const char *value, int remote)
{
    enum side { NONE, YES, OPPOSITE };
    static enum side given[KINDS];
    int base = kind % KINDS;
    enum side side = kind < NO ? YES : OPPOSITE;

    (void)value;
    (void)remote;
    if (given[base] != NONE && given[base] != side)
        return refuse("a container option", "it and its opposite are both given", "");
    given[base] = side;
    if (base == WRITABLE)
        container.readonly = side == OPPOSITE;
    return ESPANK_SUCCESS;
}

static struct spank_option pyxis[] = {
    { "container-image", "IMAGE", "the container's image", 1, IMAGE, take },
    { "container-mounts", "SOURCE:TARGET[:FLAGS],...", "what to mount in it", 1, MOUNTS, take },
    { "container-workdir", "PATH", "the folder to start in", 1, WORKDIR, take },
    { "container-name", "NAME", "the name to keep it under", 1, NAME, take },
    { "container-save", "PATH", "where to save it", 1, SAVE, take },
    { "container-env", "NAME,...", "variables that the image must not set", 1, VARIABLES, take },
    { "container-mount-home", NULL, "mount the home folder", 0, HOME, take_flag },
    { "no-container-mount-home", NULL, "do not mount the home folder", 0, NO + HOME, take_flag },
    { "container-remap-root", NULL, "be root in it", 0, REMAP, take_flag },
    { "no-container-remap-root", NULL, "do not be root in it", 0, NO + REMAP, take_flag },
    { "container-entrypoint", NULL, "run the image's entry point", 0, ENTRYPOINT, take_flag },
    { "no-container-entrypoint", NULL, "do not run the image's entry point", 0, NO + ENTRYPOINT, take_flag },
    { "container-entrypoint-log", NULL, "show what the entry point prints", 0, LOG, take_flag },
    { "container-writable", NULL, "make it writable", 0, WRITABLE, take_flag },
    { "container-readonly", NULL, "make it read-only", 0, NO + WRITABLE, take_flag },
};

/* Slurm has this option itself since 23.11. */
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(23, 11, 0)
static struct spank_option segment[] = {
    { "segment", "NODES", "nodes that must share a block", 1, SEGMENT, take },
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
        if (strncmp(arguments[i], "pyxis=", 6) == 0) {
            container.work = arguments[i] + 6;
            result = add(spank, pyxis, sizeof pyxis / sizeof pyxis[0]);
        } else if (strcmp(arguments[i], "segment") == 0) {
            result = add(spank, segment, sizeof segment / sizeof segment[0]);
        }
    }
    return result;
}
