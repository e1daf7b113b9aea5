package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.ProxmoxApi;
import io.github.pgha.proxmox.api.Release;
import io.github.pgha.proxmox.api.Row;
import io.github.pgha.proxmox.api.ServerCertificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether the API answers, is the one that it is to be, knows the token, and is new enough. */
final class ApiCheck {
    private ApiCheck() {}

    /**
     * What came of the first call.
     *
     * @param finding what was found
     * @param answers whether other calls may succeed
     */
    record Reached(Finding finding, boolean answers) {}

    static Reached of(ProxmoxApi api) {
        try {
            return new Reached(version("API", "at " + api.endpoint(), api.row("/version", Map.of()), ""), true);
        } catch (ApiException e) {
            return new Reached(failed("API", api, ProxmoxApi.TOKEN_VARIABLE, e), false);
        }
    }

    /** Nodes may be of other versions than the one that answers. */
    static List<Finding> ofNodes(Survey survey, Wanted wanted) throws ApiException {
        var findings = new ArrayList<Finding>();
        for (String node : survey.online(wanted)) {
            Finding found = version("node", "on '" + node + "'", survey.api().row("/nodes/" + node + "/version", Map.of()), node);
            if (found.level() == Finding.Level.FAILS) {
                findings.add(found);
            }
        }
        return findings;
    }

    private static Finding version(String check, String where, Row answer, String node) {
        String version = answer.text("version").orElse("");
        Optional<Release> release = Release.of(version);
        if (release.isEmpty()) {
            return Finding.fails(check, "the API " + where + " doesn't tell a version of Proxmox VE, but '" + version + "'");
        }
        if (release.get().compareTo(Release.LEAST) >= 0) {
            return Finding.ok(check, "Proxmox VE " + version + " " + where);
        }
        boolean isMajorUpgrade = release.get().major() < Release.LEAST.major();
        return Finding.fails(check, "Proxmox VE " + version + " " + where + " must be " + Release.LEAST
                + " or newer, which takes an image as 'import'"
                + (isMajorUpgrade ? ": https://pve.proxmox.com/wiki/Upgrade_from_7_to_8" : ""),
                isMajorUpgrade ? Remedy.asRootOn(node, "pve7to8 --full") : Remedy.asRootOn(node, "apt "
                        + "update", "apt full-upgrade"));
    }

    /** A call that didn't succeed, in words that help. */
    static Finding failed(String check, ProxmoxApi api, String tokenVariable, ApiException error) {
        return switch (error.kind()) {
            case NOT_TRUSTED -> notTrusted(check, api, error);
            case NOT_AUTHENTICATED -> Finding.fails(check, api.endpoint() + " doesn't know the token '" + api.tokenId() + "' of "
                    + tokenVariable + ", or its secret is another one (" + error.getMessage() + "); Proxmox VE shows "
                    + "the secret of a "
                    + "new token once: remove a token whose secret is lost by `pveum user token remove`, then make it again",
                    Remedy.asRoot(Grants.token(api.tokenId())),
                    Remedy.here("export " + tokenVariable + "='" + api.tokenId() + "=SECRET'"));
            case NO_ANSWER -> Finding.fails(check, api.endpoint() + " doesn't answer: " + error.getMessage(),
                    Remedy.here("curl --insecure --max-time 5 " + api.endpoint() + "/api2/json/version"),
                    Remedy.asRoot(List.of("systemctl status pveproxy", "ss -ltnp 'sport = :8006'")));
            default -> Finding.fails(check, api.endpoint() + " refuses: " + error.getMessage());
        };
    }

    private static Finding notTrusted(String check, ProxmoxApi api, ApiException error) {
        Optional<ServerCertificate> shown = api.certificate();
        String host = api.endpoint().getHost();
        if (shown.filter(ServerCertificate::believed).isPresent()) {
            List<String> names = shown.get().names();
            return Finding.fails(check, "the certificate at " + api.endpoint() + " isn't for '" + host + "' but for "
                    + String.join(", ", names) + ": the endpoint must have one of these names",
                    Remedy.here("export " + ProxmoxApi.ENDPOINT_VARIABLE + "=https://"
                            + names.stream().filter(name -> name.contains(".") && !name.startsWith("127.") && !name.contains("*"))
                                    .findFirst().orElse("NAME") + ":" + port(api) + "/"));
        }
        return Finding.fails(check, "the certificate at " + api.endpoint() + " isn't trusted here: signed by '"
                + shown.map(ServerCertificate::issuer).orElse("unknown") + "' (" + error.getMessage() + "); a node's own CA "
                + "is in /etc/pve/pve-root-ca.pem",
                Remedy.here("ssh root@" + host + " cat /etc/pve/pve-root-ca.pem >pve-root-ca.pem",
                        "export SSL_CERT_FILE=\"$PWD/pve-root-ca.pem\""));
    }

    private static int port(ProxmoxApi api) {
        return api.endpoint().getPort() < 0 ? 443 : api.endpoint().getPort();
    }
}
