# shellcheck shell=bash
# Any bytes as text of a JSON or XML file.

# clean TEXT: into REPLY, as UTF-8 without control characters other than line breaks. Runs byte by byte, so
# it needs the C locale.
clean() {
    local rest=$1 length control
    local colour=$'^\e\\[[0-9;?]*[A-Za-z]'
    REPLY=''
    while [ -n "$rest" ]; do
        if [[ $rest =~ ^[[:print:]]+ || $rest =~ ^$'\n'+ ]]; then
            length=${#BASH_REMATCH[0]}
            REPLY+=${BASH_REMATCH[0]}
            rest=${rest:length}
            continue
        fi
        length=1 control=''
        case $rest in
            [$'\xc2'-$'\xdf'][$'\x80'-$'\xbf']*) length=2 ;;
            $'\xef\xbf'[$'\xbe\xbf']*) control=1 ;;
            $'\xed'[$'\xa0'-$'\xbf']*) control=1 ;;
            $'\xe0'[$'\xa0'-$'\xbf'][$'\x80'-$'\xbf']*) length=3 ;;
            [$'\xe1'-$'\xef'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']*) length=3 ;;
            $'\xf0'[$'\x90'-$'\xbf'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']*) length=4 ;;
            [$'\xf1'-$'\xf3'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']*) length=4 ;;
            $'\xf4'[$'\x80'-$'\x8f'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']*) length=4 ;;
            $'\t'*) REPLY+=' ' control=1 ;;
            *)
                control=1
                if [[ $rest =~ $colour ]]; then
                    length=${#BASH_REMATCH[0]}
                fi
                ;;
        esac
        if [ -z "$control" ]; then
            REPLY+=${rest:0:length}
        fi
        rest=${rest:length}
    done
}

# json TEXT: prints it as a string of JSON.
json() {
    local index character out=''
    clean "$1"
    for ((index = 0; index < ${#REPLY}; index++)); do
        character=${REPLY:index:1}
        case $character in
            '"' | \\) out+=\\$character ;;
            $'\n') out+='\n' ;;
            *) out+=$character ;;
        esac
    done
    printf '"%s"' "$out"
}

# xml_text TEXT: prints it as text, in lines.
xml_text() {
    local text
    text=$(xml "$1")
    printf '%s' "${text//'&#10;'/$'\n'}"
}

# xml TEXT: prints it as the value of an attribute.
xml() {
    local index character out=''
    clean "$1"
    for ((index = 0; index < ${#REPLY}; index++)); do
        character=${REPLY:index:1}
        case $character in
            '&') out+='&amp;' ;;
            '<') out+='&lt;' ;;
            '>') out+='&gt;' ;;
            '"') out+='&quot;' ;;
            $'\n') out+='&#10;' ;;
            *) out+=$character ;;
        esac
    done
    printf '%s' "$out"
}
