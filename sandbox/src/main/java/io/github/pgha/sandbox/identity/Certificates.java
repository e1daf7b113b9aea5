package io.github.pgha.sandbox.identity;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** The sandbox's own CA (ca.pem) and a node's certificate (api.pem with api.key, or api-NODE). The CA's key isn't kept. */
final class Certificates {
    /** Behind a node's name, in its full one. */
    private static final String DOMAIN = ".sandbox.test";
    private static final Duration LIFE = Duration.ofDays(3650);

    private final X509Certificate ca;
    private final X509Certificate certificate;
    private final PrivateKey key;

    private Certificates(X509Certificate ca, X509Certificate certificate, PrivateKey key) {
        this.ca = ca;
        this.certificate = certificate;
        this.key = key;
    }

    /** Reads the nodes' certificates, or makes them all with a new authority: its key isn't kept. */
    static Map<String, Certificates> load(Path directory, Map<String, String> nodes) throws IOException {
        List<String> names = List.copyOf(nodes.keySet());
        Path caFile = directory.resolve("ca.pem");
        try {
            if (!Files.exists(caFile) || !names.stream().allMatch(node -> Files.exists(certificate(directory, names, node)))) {
                make(directory, nodes);
            }
            Map<String, Certificates> all = new LinkedHashMap<>();
            for (String node : names) {
                all.put(node, new Certificates(certificate(caFile), certificate(certificate(directory, names, node)),
                        key(key(directory, names, node))));
            }
            return all;
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("can't make or read the sandbox's certificates in " + directory, e);
        }
    }

    private static Path certificate(Path directory, List<String> nodes, String node) {
        return directory.resolve("api" + Identity.suffix(nodes, node) + ".pem");
    }

    private static Path key(Path directory, List<String> nodes, String node) {
        return directory.resolve("api" + Identity.suffix(nodes, node) + ".key");
    }

    SSLContext context() throws IOException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("api", key, new char[0], new X509Certificate[] {certificate, ca});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("can't use the API's certificate", e);
        }
    }

    /** SHA-256 of the node's certificate: pairs of hexadecimal digits with colons between. */
    String fingerprint() throws IOException {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(hash);
        } catch (GeneralSecurityException e) {
            throw new IOException("can't read the API's certificate", e);
        }
    }

    private static void make(Path directory, Map<String, String> nodes)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair caPair = generator.generateKeyPair();
        X500Name caName = new X500Name("CN=pgha sandbox CA");
        X509Certificate ca = sign(builder(caName, caName, caPair)
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign)), caPair);
        List<String> all = List.copyOf(nodes.keySet());
        for (String node : all) {
            KeyPair pair = generator.generateKeyPair();
            X509Certificate certificate = sign(builder(caName, new X500Name("CN=" + node), pair)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.subjectAlternativeName, false, names(node, nodes.get(node))), caPair);
            Secrets.write(key(directory, all, node), pem(new PemObject("PRIVATE KEY", pair.getPrivate().getEncoded())));
            Secrets.write(certificate(directory, all, node), pem(certificate));
        }
        Secrets.write(directory.resolve("ca.pem"), pem(ca));
    }

    /** All that Proxmox VE puts into a node's certificate. */
    private static GeneralNames names(String node, String address) {
        return new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"), new GeneralName(GeneralName.iPAddress, "::1"),
            new GeneralName(GeneralName.dNSName, "localhost"), new GeneralName(GeneralName.iPAddress, address),
            new GeneralName(GeneralName.dNSName, node), new GeneralName(GeneralName.dNSName, node + DOMAIN)});
    }

    private static JcaX509v3CertificateBuilder builder(X500Name issuer, X500Name subject, KeyPair pair) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(issuer, new BigInteger(120, new SecureRandom()),
                Date.from(now.minus(Duration.ofHours(1))), Date.from(now.plus(LIFE)), subject, pair.getPublic());
    }

    private static X509Certificate sign(org.bouncycastle.cert.X509v3CertificateBuilder builder, KeyPair issuer)
            throws OperatorCreationException, GeneralSecurityException {
        return new JcaX509CertificateConverter().getCertificate(
                builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate())));
    }

    private static String pem(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }

    private static Object parse(Path file) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(Files.readString(file)))) {
            return parser.readObject();
        }
    }

    private static X509Certificate certificate(Path file) throws IOException, GeneralSecurityException {
        return new JcaX509CertificateConverter().getCertificate((X509CertificateHolder) parse(file));
    }

    private static PrivateKey key(Path file) throws IOException {
        return new JcaPEMKeyConverter().getPrivateKey((PrivateKeyInfo) parse(file));
    }
}
