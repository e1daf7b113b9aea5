package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgha.sandbox.TestSandbox.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The storage, its content, and downloads into it. */
class StorageTest {
    private static final String LOCAL = "/nodes/pve/storage/local";

    @TempDir
    Path state;
    private TestSandbox sandbox;

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state);
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void saysWhereItLiesAndWhatItTakes() throws Exception {
        JsonNode definition = sandbox.call("GET", "/storage/local").data();
        assertEquals(state.resolve("storage").toString(), definition.get("path").asText());
        assertEquals("backup,images,import,iso,rootdir,snippets,vztmpl", definition.get("content").asText());
        assertEquals("local", sandbox.call("GET", "/nodes/pve/storage", "content", "images").data().get(0)
                .get("storage").asText());
        sandbox.grant(Map.of("/storage", List.of("Datastore.Allocate")));
        assertEquals("storage 'other' does not exist\n",
                sandbox.call("GET", "/storage/other").body().get("message").asText());
    }

    @Test
    void downloadsAnImageOnce() throws Exception {
        JsonNode metadata = sandbox.call("GET", "/nodes/pve/query-url-metadata", "url", sandbox.url("debian.qcow2"))
                .data();
        assertEquals("debian.qcow2", metadata.get("filename").asText());
        assertEquals(TestSandbox.IMAGE.length(), metadata.get("size").asInt());

        String[] download = {"content", "import", "filename", "debian.qcow2", "url", sandbox.url("debian.qcow2")};
        assertEquals("OK", sandbox.task("POST", LOCAL + "/download-url", download));
        JsonNode entry = sandbox.call("GET", LOCAL + "/content", "content", "import").data().get(0);
        assertEquals("local:import/debian.qcow2", entry.get("volid").asText());
        assertEquals("qcow2", entry.get("format").asText());
        assertEquals("refusing to override existing file '" + state.resolve("storage/import/debian.qcow2") + "'",
                sandbox.task("POST", LOCAL + "/download-url", download));
    }

    @Test
    void refusesAWrongChecksum() throws Exception {
        String status = sandbox.task("POST", LOCAL + "/download-url", "content", "import", "filename", "debian.qcow2",
                "url", sandbox.url("debian.qcow2"), "checksum", "00", "checksum-algorithm", "sha256");
        assertTrue(status.startsWith("checksum mismatch: got '"), status);
        assertEquals(0, sandbox.call("GET", LOCAL + "/content").data().size());
        try (var files = Files.list(state.resolve("storage/import"))) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void refusesAnImageThatItCannotStart() throws Exception {
        String status = sandbox.task("POST", LOCAL + "/download-url", "content", "import", "filename", "other.qcow2",
                "url", sandbox.url("other.qcow2"));
        assertTrue(status.startsWith("this isn't an image that the sandbox can start"), status);
    }

    @Test
    void refusesAUrlThatItCannotReach() throws Exception {
        Answer answer = sandbox.call("GET", "/nodes/pve/query-url-metadata", "url", "http://127.0.0.1:1/x.qcow2");
        assertEquals(500, answer.status());
        assertTrue(answer.body().get("message").asText().contains("Can't connect to http://127.0.0.1:1/x.qcow2"));
    }

    @Test
    void listsAndDeletesASnippet() throws Exception {
        Files.writeString(state.resolve("storage/snippets/user.yaml"), "#cloud-config\n");
        JsonNode entry = sandbox.call("GET", LOCAL + "/content", "content", "snippets").data().get(0);
        assertEquals("local:snippets/user.yaml", entry.get("volid").asText());
        assertEquals("snippet", entry.get("format").asText());
        assertEquals("snippets", entry.get("content").asText());
        assertEquals(14, entry.get("size").asInt());
        assertTrue(entry.get("ctime").isNumber());

        assertEquals("OK", sandbox.task("DELETE", LOCAL + "/content/" + TestSandbox.encode("local:snippets/user.yaml")));
        assertFalse(Files.exists(state.resolve("storage/snippets/user.yaml")));
        assertFalse(Files.exists(state.resolve("storage/snippets")), "the folder goes with its last file");
        assertEquals("OK", sandbox.task("DELETE", LOCAL + "/content/local:snippets/user.yaml"),
                "what isn't there is removed without an error");
        assertTrue(Files.exists(state.resolve("storage/snippets")), "a look into the storage makes its folders");
    }

    @Test
    void aFolderStaysWhileSomethingIsInIt() throws Exception {
        Files.writeString(state.resolve("storage/snippets/user.yaml"), "#cloud-config\n");
        Files.writeString(state.resolve("storage/snippets/.keep"), "");
        assertEquals("OK", sandbox.task("DELETE", LOCAL + "/content/" + TestSandbox.encode("local:snippets/user.yaml")));
        assertTrue(Files.exists(state.resolve("storage/snippets/.keep")));
    }

    @Test
    void snippetsAreForThoseWhoMayChangeTheStorage() throws Exception {
        Files.writeString(state.resolve("storage/snippets/user.yaml"), "#cloud-config\n");
        String snippet = LOCAL + "/content/local:snippets%2Fuser.yaml";
        assertEquals(1, sandbox.call("GET", LOCAL + "/content", "content", "snippets").data().size());
        sandbox.grant(Map.of("/storage/local", List.of("Datastore.Audit", "Datastore.AllocateSpace",
                "Datastore.AllocateTemplate")));
        assertEquals(0, sandbox.call("GET", LOCAL + "/content", "content", "snippets").data().size());
        assertEquals("missing privileges to access local:snippets/user.yaml\n",
                sandbox.call("GET", snippet).body().get("message").asText());
        for (Answer refusal : List.of(sandbox.call("GET", "/storage/local"), sandbox.call("DELETE", snippet))) {
            assertEquals(403, refusal.status());
            assertEquals("Permission check failed (/storage/local, Datastore.Allocate)\n",
                    refusal.body().get("message").asText());
        }
    }

    @Test
    void staysInItsDirectory() throws Exception {
        Answer answer = sandbox.call("GET", LOCAL + "/content/" + TestSandbox.encode("local:snippets/../../identity/token"));
        assertEquals(500, answer.status());
        assertTrue(answer.body().get("message").asText().startsWith("unable to parse volume ID"));
        assertEquals(400, sandbox.call("POST", LOCAL + "/download-url", "content", "import", "filename", "../x.qcow2",
                "url", sandbox.url("debian.qcow2")).status());
    }
}
