package io.github.pgha.preflight;

import io.github.pgha.preflight.NeededRights.Need;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.ProxmoxApi;
import io.github.pgha.proxmox.api.Trust;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The tokens of the fencing service and of the drills. */
final class OtherTokens {
    /** Variable with the token that drills will use, if they use another one than the program. */
    static final String DRILL_VARIABLE = "PGHA_DRILL_TOKEN";

    private static final String FENCING = "fencing";
    private static final String DRILLS = "drills";

    private final Wanted wanted;
    private final Map<String, String> environment;

    OtherTokens(Wanted wanted, Map<String, String> environment) {
        this.wanted = wanted;
        this.environment = environment;
    }

    /** As the etcd hosts will ask. From here an endpoint may not be reachable though it is from there. */
    List<Finding> fencing() throws ApiException {
        if (wanted.fencing().isEmpty()) {
            return List.of(Finding.ok(FENCING, "off"));
        }
        Wanted.FencingAccess fencing = wanted.fencing().get();
        var findings = new ArrayList<Finding>();
        boolean asked = false;
        for (String endpoint : fencing.endpoints()) {
            var api = new ProxmoxApi(ProxmoxApi.endpoint(endpoint), fencing.token(), trust(fencing.caCertificate()));
            try {
                List<Finding> rights = asked ? reached(api)
                        : rights(FENCING, api, NeededRights.ofFencing(wanted),
                                wanted.machines().stream().filter(Wanted.Machine::postgres).toList());
                findings.addAll(rights);
                asked = true;
            } catch (ApiException e) {
                findings.add(e.kind() == ApiException.Kind.NO_ANSWER
                        ? Finding.note(FENCING, endpoint + " doesn't answer here (" + e.getMessage()
                                + "); the etcd hosts must reach it")
                        : ApiCheck.failed(FENCING, api, "PGHA_FENCING_TOKEN", e));
            }
        }
        return findings;
    }

    private static List<Finding> reached(ProxmoxApi api) throws ApiException {
        api.row("/version", Map.of());
        return List.of(Finding.ok(FENCING, api.endpoint() + " knows the token"));
    }

    /** Drills ask the API at the program's endpoint. */
    List<Finding> drills(ProxmoxApi program) throws ApiException {
        String token = environment.getOrDefault(DRILL_VARIABLE, "").strip();
        if (token.isEmpty()) {
            return List.of();
        }
        var api = new ProxmoxApi(program.endpoint(), token, Trust.of(environment));
        try {
            return rights(DRILLS, api, NeededRights.ofDrills(wanted), wanted.machines());
        } catch (ApiException e) {
            return List.of(ApiCheck.failed(DRILLS, api, DRILL_VARIABLE, e));
        }
    }

    private List<Finding> rights(String check, ProxmoxApi api, List<Need> needs, List<Wanted.Machine> machines)
            throws ApiException {
        Map<String, Set<String>> known = new ConcurrentHashMap<>();
        return new RightsCheck(check, wanted, api.tokenId(), path -> Survey.rights(api, known, path), Grants.of(api, wanted))
                .of(needs, machines);
    }

    private static Trust trust(Optional<String> caCertificate) {
        return caCertificate.filter(pem -> !pem.isBlank()).map(Trust::only).orElseGet(() -> Trust.of(Map.of()));
    }
}
