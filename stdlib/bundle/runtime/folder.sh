# shellcheck shell=bash
# The run folder: all that the job and its steps know of each other goes through it, so a job that can't write
# there any more is blind.

FOLDER_SEEN=-1

# keep_reserve: room for the verdict, should the file system be full by then.
keep_reserve() {
    printf '%65536s' '' >"$DISAGGC_RUN/state/job.reserve"
}

free_reserve() {
    rm -f -- "$DISAGGC_RUN/state/job.reserve"
}

# A new file a second: one that is written over needs no new room.
look_at_folder() {
    local file=$DISAGGC_RUN/state/job.alive
    if ((SECONDS == FOLDER_SEEN)); then
        return
    fi
    FOLDER_SEEN=$SECONDS
    if ! { printf '%s\n' "$SECONDS" >"$file.draft" && mv -f -- "$file.draft" "$file"; } 2>/dev/null; then
        end_by_folder
    fi
}

end_by_folder() {
    end_with infrastructure "nothing can be written to the run folder $DISAGGC_RUN any more: is its file system full, or away?"
}
