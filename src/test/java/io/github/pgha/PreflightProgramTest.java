package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.github.pgha.preflight.Finding;
import io.github.pgha.preflight.Finding.Level;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What preflight makes of a stack's configuration; what it finds in a Proxmox VE has a test of its own. */
class PreflightProgramTest {
    /** As {@code pulumi config --json} prints it. */
    private static JsonObject config(LabConfig of) {
        var config = new JsonObject();
        of.all().forEach((key, value) -> {
            var entry = new JsonObject();
            entry.addProperty("value", value);
            entry.addProperty("secret", key.endsWith("Token"));
            config.add(key, entry);
        });
        return config;
    }

    private static List<String> settings(JsonObject config, Level level) throws IOException, InterruptedException {
        return found(config).filter(found -> found.level() == level
                && found.check().equals("settings")).map(Finding::text).toList();
    }

    private static Stream<Finding> found(JsonObject config) throws IOException, InterruptedException {
        return PreflightProgram.findings("shop", config, new JsonObject(), Map.of()).stream();
    }

    @Test
    void aStackThatBreaksNoRuleIsOk() throws Exception {
        assertThat(settings(config(LabConfig.dev()), Level.OK)).containsExactly("the configuration of 'shop' breaks no rule");
    }

    @Test
    void allBrokenRulesAreSaidAndTheEnvironmentIsLookedAtToo() throws Exception {
        JsonObject config = config(LabConfig.dev().with("vip", "nowhere").with("gateway", "300.1.1.1"));
        assertThat(settings(config, Level.FAILS)).hasSize(2);
        assertThat(found(config)).anySatisfy(found -> assertThat(found.text()).startsWith("PROXMOX_VE_ENDPOINT is missing"));
    }

    @Test
    void aSecretInPlainTextIsRefused() throws Exception {
        JsonObject config = config(LabConfig.dev());
        config.getAsJsonObject("pgha-lab:fencingToken").addProperty("secret", false);
        assertThat(settings(config, Level.FAILS)).singleElement().asString().contains("fencingToken")
                .doesNotContain("00000000-0000");
    }

    @Test
    void theProvidersOwnKeysAreSaidToHaveNoEffect() throws Exception {
        JsonObject config = config(LabConfig.dev());
        config.add("proxmoxve:endpoint", new JsonObject());
        assertThat(settings(config, Level.NOTE)).singleElement().asString().startsWith("proxmoxve:endpoint has no effect");
    }

    @Test
    void existingHostsNeedNoProxmox() throws Exception {
        JsonObject config = config(LabConfig.hosts());
        config.getAsJsonObject("pgha-lab:existingHostsPrivateKey").addProperty("secret", true);
        assertThat(found(config)).singleElement().extracting(Finding::text).isEqualTo("existing hosts need no Proxmox VE");
    }
}
