package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class ForgetNodeProgramTest {
    private static final JsonObject STATE = JsonParser.parseString("""
            {"deployment": {"resources": [
              {"urn": "u::stack", "type": "pulumi:pulumi:Stack"},
              {"urn": "u::image", "type": "proxmoxve:download/file:File", "outputs": {"nodeName": "pve2"}},
              {"urn": "u::keep", "type": "proxmoxve:index/fileLegacy:FileLegacy", "outputs": {"nodeName": "pve2"}},
              {"urn": "u::data1", "type": "proxmoxve:index/fileLegacy:FileLegacy", "outputs": {"nodeName": "pve1"}},
              {"urn": "u::data2", "type": "proxmoxve:index/fileLegacy:FileLegacy", "outputs": {"nodeName": "pve2"}},
              {"urn": "u::pg1", "type": "proxmoxve:index/vmLegacy:VmLegacy", "outputs": {"nodeName": "pve1"}},
              {"urn": "u::pg2", "type": "proxmoxve:index/vmLegacy:VmLegacy", "inputs": {"nodeName": "pve1"},
               "outputs": {"nodeName": "pve2"}},
              {"urn": "u::key", "type": "command:remote:Command", "outputs": {"nodeName": {"4dabf18193072939": "x"}}}
            ]}}""").getAsJsonObject();

    @Test
    void machinesAreThoseThatAreOnTheNodeNow() {
        assertThat(ForgetNodeProgram.held(STATE, "pve2").machines()).containsExactly("u::pg2");
        assertThat(ForgetNodeProgram.held(STATE, "pve1").machines()).containsExactly("u::pg1");
    }

    @Test
    void filesGoBeforeWhatTheyDependOn() {
        assertThat(ForgetNodeProgram.held(STATE, "pve2").files()).containsExactly("u::data2", "u::keep", "u::image");
    }

    @Test
    void anotherNodeHasNothing() {
        assertThat(ForgetNodeProgram.held(STATE, "pve").isEmpty()).isTrue();
    }
}
