/* What a step's container options say. */
struct container {
    /* The rehearsal's work folder; NULL where the cluster has no pyxis. */
    const char *work;
    char *image, *name, *mounts, *workdir;
    int readonly;
};

extern struct container container;
