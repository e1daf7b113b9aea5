package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.Row;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Whether the provider can log in to a node and put user-data into its folder. */
final class SshCheck {
    private static final String CHECK = "SSH";
    private static final String FOLDER = "snippets";
    private static final Pattern PLAIN_PATH = Pattern.compile("/[A-Za-z0-9._/-]+");

    private final Survey survey;
    private final Wanted wanted;
    private final SshLogin login;
    private final NodeShell ssh;
    private final Optional<String> publicKey;

    SshCheck(Survey survey, Wanted wanted, SshLogin login, NodeShell ssh, Optional<String> publicKey) {
        this.survey = survey;
        this.wanted = wanted;
        this.login = login;
        this.ssh = ssh;
        this.publicKey = publicKey;
    }

    /** Looks at one node. */
    List<Finding> of(String node) throws ApiException, IOException, InterruptedException {
        List<Row> interfaces = survey.api().rows("/nodes/" + node + "/network", Map.of());
        Optional<NodeAddress> found =
                NodeAddress.of(node, interfaces, Optional.ofNullable(wanted.nodeAddresses().get(node)));
        if (found.isEmpty()) {
            return List.of(Finding.fails(CHECK, "node '" + node + "' has no address for SSH: the token sees no "
                    + "interface with one, "
                    + "and its name isn't in DNS", Remedy.here(wanted.set("proxmoxNodeAddresses." + node, "ADDRESS"))));
        }
        NodeAddress address = found.get();
        String where = login.user() + "@" + address.address() + " on '" + node + "' (" + address.source() + ")";
        Optional<String> path = path();
        NodeShell.Result result = ssh.run(address.address(), path.map(this::look).orElse("exit 0"));
        var findings = new ArrayList<Finding>();
        if (result.exitCode() != 0) {
            findings.add(refused(node, address, interfaces, where, result));
            return findings;
        }
        findings.add(result.newKey().map(key -> unknownKey(node, where, key))
                .orElseGet(() -> Finding.ok(CHECK, where + " lets the key in")));
        path.ifPresent(folder -> findings.add(folder(node, folder, result.out())));
        return findings;
    }

    /** Where the provider puts user-data; empty if the token may not know, which is said elsewhere. */
    private Optional<String> path() throws ApiException {
        try {
            return survey.api().row("/storage/" + wanted.snippetDatastore(), Map.of()).text("path")
                    .filter(path -> PLAIN_PATH.matcher(path).matches()).map(path -> path.replaceAll("/+$", "") + "/" + FOLDER);
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.FORBIDDEN || e.kind() == ApiException.Kind.FAILED) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Files come by SFTP, as the user who logs in: sudo has no part in it. */
    private String look(String folder) {
        return """
                d=%s
                [ -d "$d" ] && echo there
                [ "$(id -u)" = 0 ] && echo root
                [ -w "$d" ] && [ -x "$d" ] && echo writable
                echo looked
                """.formatted(folder);
    }

    private Finding folder(String node, String folder, String said) {
        List<String> facts = said.lines().toList();
        if (facts.contains("root") || facts.contains("writable")) {
            return Finding.ok(FOLDER, folder + " on '" + node + "' can be written to");
        }
        return Finding.fails(FOLDER, folder + " on '" + node + "' " + (facts.contains("there")
                ? "can't be written to by " + login.user() : "isn't there, and Proxmox VE would make it root's")
                + ": an empty one is removed by it, and made anew as root's",
                Remedy.asRootOn(node, "install -d -g " + login.user() + " -m 2775 " + folder));
    }

    private Finding unknownKey(String node, String where, String line) {
        String[] parts = line.split(" ");
        return Finding.note(CHECK, where + " lets the key in; its host key isn't in ~/.ssh/known_hosts, and "
                + "the provider takes the one that it is shown first: " + parts[1] + " " + fingerprint(parts[2]),
                Remedy.asRootOn(node, "for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done"));
    }

    static String fingerprint(String base64) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Base64.getDecoder().decode(base64));
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private Finding refused(String node, NodeAddress address, List<Row> interfaces, String where, NodeShell.Result result) {
        String error = result.error().strip();
        if (error.contains("HOST IDENTIFICATION HAS CHANGED")) {
            return Finding.fails(CHECK, where + " shows another host key than ~/.ssh/known_hosts has: compare the new "
                    + "one before you take it",
                    Remedy.asRootOn(node, "for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done"),
                    Remedy.here("ssh-keygen -R " + address.address()));
        }
        if (error.contains("Permission denied")) {
            if (login.hasKey() && publicKey.isEmpty()) {
                return Finding.fails(CHECK, SshLogin.KEY_VARIABLE + " must be a private SSH key without a passphrase, "
                        + "and can't be read",
                        Remedy.here("ssh-keygen -q -t ed25519 -N '' -C pgha -f ~/.ssh/pgha",
                                "export " + SshLogin.KEY_VARIABLE + "=\"$(cat ~/.ssh/pgha)\""));
            }
            if (login.hasPassword()) {
                return Finding.note(CHECK, where + " doesn't let the key in, and a password isn't tried here");
            }
            return Finding.fails(CHECK, where + " doesn't let the key in", Remedy.asRootOn(node, letIn()));
        }
        return Finding.fails(CHECK, where + " can't be reached: " + lastLine(error) + (login.proxy().isEmpty() ? ""
                : " (without the SOCKS5 server, which isn't used here)") + "; the node's addresses are " + addresses(interfaces),
                Remedy.here(wanted.set("proxmoxNodeAddresses." + node, "ADDRESS")));
    }

    private List<String> letIn() {
        String key = publicKey.orElse("PUBLIC KEY");
        if (login.user().equals("root")) {
            return List.of("echo '" + key + "' >>/root/.ssh/authorized_keys");
        }
        String home = "~" + login.user();
        return List.of("id " + login.user() + " >/dev/null 2>&1 || adduser --disabled-password --comment '' " + login.user(),
                "install -d -o " + login.user() + " -g " + login.user() + " -m 700 " + home + "/.ssh",
                "echo '" + key + "' >>" + home + "/.ssh/authorized_keys");
    }

    private static String addresses(List<Row> interfaces) {
        String all = interfaces.stream().filter(found -> found.text("address").isPresent())
                .map(found -> found.text("address").orElseThrow() + " (" + found.text("iface").orElse("?") + ")").sorted()
                .collect(Collectors.joining(", "));
        return all.isEmpty() ? "not shown to the token" : all;
    }

    private static String lastLine(String text) {
        return text.lines().reduce((first, second) -> second).orElse("ssh ended without a word");
    }
}
