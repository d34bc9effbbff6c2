# shellcheck shell=bash
# Records: one-line files in state/, by which the job and its steps tell each other what happened.

# record NAME TEXT: the record is there as a whole or not at all.
record() {
    local file=$DISAGGC_RUN/state/$1
    local draft=$file.$HOSTNAME.$BASHPID
    printf '%s\n' "$2" >"$draft" && mv -- "$draft" "$file"
}

# recorded NAME: reads a record into REPLY; false where there is none yet.
recorded() {
    [ -e "$DISAGGC_RUN/state/$1" ] && read -r REPLY <"$DISAGGC_RUN/state/$1"
}
