package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** More clients than the primary takes. */
@Tag("long")
@Order(26)
@ExtendWith(Lab.class)
class SessionsIT {
    /** max_connections less the reserved ones. */
    private static final int TAKEN = 192;
    private static final int TOO_MANY = 6;
    private final Shell lab = new Shell();

    @Test
    void whoComesTooLateIsToldSo() {
        // Patroni's sessions are there before: a superuser's take ordinary places, too.
        int taken = TAKEN - Integer.parseInt(lab.must(Trouble.leader(), "runuser -u postgres -- psql -XAtqc \"SELECT count(*) "
                + "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()\""));
        Shell.Answer answer = lab.client("""
                dir=$(mktemp -d)
                trap 'kill $(jobs -p) 2>/dev/null; wait; rm -r "$dir"' EXIT
                pulumi stack output caCertificate --stack dev >"$dir/ca.pem"
                uri="$(pulumi stack output primaryUri --show-secrets --stack dev)&sslrootcert=$dir/ca.pem"
                open() { timeout 100 psql -XAtq -c "SELECT 'in'" -c "SELECT pg_sleep($1)" "$uri" 2>&1; }
                : >"$dir/first"
                for ((i = 0; i < %d; i++)); do open 90 >>"$dir/first" & done
                for ((i = 0; i < 600 && $(grep -c "^in$" "$dir/first") < %d; i++)); do sleep 0.1; done
                for ((i = 0; i < %d; i++)); do open 0 >>"$dir/late"; done
                grep -c '^in$' "$dir/first"
                cat "$dir/late"
                """.formatted(taken, taken, TOO_MANY));
        List<String> lines = answer.text().lines().toList();
        assertThat(lines.get(0)).isEqualTo(String.valueOf(taken));
        assertThat(lines).filteredOn(line -> line.contains("FATAL"))
                .as(answer.text()).hasSize(TOO_MANY).allMatch(line -> line.contains("remaining connection slots are reserved"));
    }
}
