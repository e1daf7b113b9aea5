package io.github.pgha.it;

import io.github.pgha.host.HostScript;
import java.util.Map;

/**
 * A member's turn to take in parameters that no trial has refused: the script that an {@code up} runs, on the member's own files.
 * So it is seen what becomes of a member with what a trial can't know.
 */
final class Turn {
    private static final Map<String, String> ADDRESSES = Map.of("course-pg1", "192.168.124.248", "course-pg2",
            "192.168.124.237", "course-pg3", "192.168.124.249");
    /** Puts values into a file of YAML or JSON, with another fingerprint. */
    private static final String SET = """
            python3 - "$@" <<'END'
            import json, sys, uuid, yaml
            path, mark, *pairs = sys.argv[1:]
            with open(path) as file:
                settings = yaml.safe_load(file)
            parameters = settings["postgresql"]["parameters"]
            parameters.update(pair.split("=", 1) for pair in pairs)
            parameters[mark] = "f" + uuid.uuid4().hex
            with open(path, "w") as file:
                file.write(json.dumps(settings, indent=2) + "\\n" if path.endswith(".json") else yaml.dump(settings))
            END
            """;

    private final String host;

    Turn(String host) {
        this.host = host;
    }

    /** Lets the member take in its own parameters with others among them, {@code NAME=VALUE}. */
    Run own(String... pairs) {
        set("/etc/patroni/parameters.yml", "pgha.parameters", pairs);
        return run();
    }

    /** The same with parameters that all members share: they are in etcd before the first one has its turn. */
    Run shared(String... pairs) {
        set("/etc/patroni/shared.json", "pgha.shared", pairs);
        Lab.on(host, "patronictl", "edit-config", "--quiet", "--force", "--replace", "/etc/patroni/shared.json").ok();
        return run();
    }

    /** What somebody does who takes a value out again: all files are as they were, and the member has its turn. */
    Run back() {
        Lab.script(host, """
                set -e
                cd /etc/patroni
                for file in parameters.yml shared.json; do
                  if [ -e "/run/before-$file" ]; then mv "/run/before-$file" "$file"; fi
                done
                patronictl edit-config --quiet --force --replace shared.json
                """).ok();
        return run();
    }

    private void set(String path, String mark, String... pairs) {
        Lab.script(host, "cp -n " + path + " /run/before-$(basename " + path + ")\nset -- " + path + " " + mark + " '"
                + String.join("' '", pairs) + "'\n" + SET).ok();
    }

    private Run run() {
        return Lab.script(host, HostScript.of("patroni/member.sh").then("patroni/roll.sh")
                .variable("ADDRESS", ADDRESSES.get(host))
                .variable("MEMBERS", String.join(",", ADDRESSES.values()))
                .variable("NAME", host)
                .variable("ROUND", "leader")
                .variable("LAST", "")
                .variable("AFTER", "")
                .render());
    }
}
