package io.github.pgha.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.rules.Problems;
import java.io.StringWriter;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of all kinds; what is refused is in {@code refused-hosts.txt}, too. */
class SshPrivateKeyTest {
    private static List<String> problems(String key) {
        var problems = new Problems();
        SshPrivateKey.check(problems, "key", key);
        return problems.sentences();
    }

    private static KeyPair pair(String algorithm) throws Exception {
        var generator = KeyPairGenerator.getInstance(algorithm);
        if (algorithm.equals("RSA")) {
            generator.initialize(2048);
        }
        return generator.generateKeyPair();
    }

    private static String pem(String type, byte[] content) throws Exception {
        var text = new StringWriter();
        try (var pem = new PemWriter(text)) {
            pem.writeObject(new PemObject(type, content));
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void takesWhatOpenSslWrites(String algorithm) throws Exception {
        assertThat(problems(pem("PRIVATE KEY", pair(algorithm).getPrivate().getEncoded()))).isEmpty();
    }

    @Test
    void takesOpenSshsOwnForm() {
        assertThat(problems(SshKeyPair.generate())).isEmpty();
    }

    @Test
    void takesAnOlderFormAndRefusesItWithAPassphrase() throws Exception {
        var key = pair("RSA").getPrivate();
        var open = new StringWriter();
        try (var pem = new JcaPEMWriter(open)) {
            pem.writeObject(key);
        }
        assertThat(open.toString()).startsWith("-----BEGIN RSA PRIVATE KEY-----");
        assertThat(problems(open.toString())).isEmpty();
        var locked = new StringWriter();
        try (var pem = new JcaPEMWriter(locked)) {
            pem.writeObject(key, new JcePEMEncryptorBuilder("AES-256-CBC").setProvider(new BouncyCastleProvider())
                    .build("sesame".toCharArray()));
        }
        assertThat(problems(locked.toString())).containsExactly("key must have no passphrase, which nobody could be asked for: "
                + "let an ssh-agent hold the key instead");
    }

    @Test
    void aKeyOfWhichLinesAreMissingCannotBeRead() {
        List<String> lines = SshKeyPair.generate().lines().toList();
        String cut = String.join("\n", lines.get(0), lines.get(1), lines.get(lines.size() - 1));
        assertThat(problems(cut)).containsExactly("key must be a whole private key, as ssh-keygen writes it, and can't be read; "
                + "what it is isn't shown here");
    }
}
