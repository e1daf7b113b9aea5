package io.github.pgha.secret;

import io.github.pgha.secret.LeafSpec.Usage;
import io.github.pgha.secret.Renewal.Validity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.bc.BcX509ExtensionUtils;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcContentSignerBuilder;
import org.bouncycastle.operator.bc.BcRSAContentSignerBuilder;

/**
 * Issues certificates. Everything but {@link #create} is a pure function: the same authority, key, specification and
 * validity give the same bytes (the serial number is a hash of them, and ECDSA is that of RFC 6979), so certificates need
 * not be kept anywhere.
 */
final class CertificateAuthority {
    /** Ten years: long enough to be replaced on purpose, see {@link CaGenerations}, rather than by its end. */
    private static final int YEARS = 10;

    private final X509CertificateHolder certificate;
    private final AsymmetricKeyParameter key;

    private CertificateAuthority(X509CertificateHolder certificate, AsymmetricKeyParameter key) {
        this.certificate = certificate;
        this.key = key;
    }

    /**
     * Makes a new authority.
     *
     * @param commonName its name
     * @param now        the time; it is valid from an hour before, for ten years
     * @return private key and certificate, one after the other, in PEM: what {@link #read} takes
     */
    static String create(String commonName, Instant now) {
        AsymmetricKeyParameter key = Pem.readPrivateKey(KeySeed.privateKey(KeySeed.generate(), "authority"));
        X500Name name = name(commonName);
        Instant start = now.minus(Renewal.CLOCK_SKEW).truncatedTo(ChronoUnit.SECONDS);
        Instant end = start.atZone(ZoneOffset.UTC).plusYears(YEARS).toInstant();
        SubjectPublicKeyInfo publicKey = publicKeyInfo(key);
        var builder = new X509v3CertificateBuilder(name, serial(List.of(encoded(publicKey), text(commonName))),
                Date.from(start), Date.from(end), name, publicKey);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(Extension.subjectKeyIdentifier, false,
                    new BcX509ExtensionUtils().createSubjectKeyIdentifier(publicKey));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Pem.privateKey(key) + Pem.certificate(sign(builder, key));
    }

    /**
     * Reads an authority.
     *
     * @param certificates one or more in PEM; the first one signs
     * @param privateKey   its key in PEM, EC or RSA, without a passphrase
     * @throws IllegalArgumentException if they can't be used; the message doesn't repeat the key
     */
    static CertificateAuthority read(String certificates, String privateKey) {
        List<X509CertificateHolder> all = Pem.readCertificates(certificates);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("caCertificate must be one or more certificates in PEM");
        }
        X509CertificateHolder certificate = all.get(0);
        BasicConstraints constraints = BasicConstraints.fromExtensions(certificate.getExtensions());
        if (constraints == null || !constraints.isCA()) {
            throw new IllegalArgumentException("caCertificate '" + certificate.getSubject()
                    + "' must be the certificate of an authority (basic constraints: CA)");
        }
        AsymmetricKeyParameter key;
        try {
            key = Pem.readPrivateKey(privateKey);
            if (!Arrays.equals(encoded(publicKeyInfo(key)), encoded(certificate.getSubjectPublicKeyInfo()))) {
                throw new IllegalArgumentException("it isn't that of the first of caCertificate");
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("caPrivateKey can't be used: " + e.getMessage(), e);
        }
        return new CertificateAuthority(certificate, key);
    }

    /**
     * Returns the validity of a certificate that is issued now.
     *
     * @throws IllegalArgumentException if the authority isn't valid now
     */
    Validity window(Renewal renewal, Instant now) {
        Instant start = certificate.getNotBefore().toInstant();
        Instant end = certificate.getNotAfter().toInstant();
        if (now.isBefore(start) || !now.isBefore(end)) {
            throw new IllegalArgumentException("the certificate authority '" + certificate.getSubject()
                    + "' is valid from " + start + " to " + end + ", not at " + now);
        }
        return renewal.window(start, end, now);
    }

    /**
     * Issues a certificate.
     *
     * @param spec       whom it names
     * @param privateKey the key of its owner in PEM
     * @param validity   from when to when
     * @param context    anything else that a new certificate must come of when it changes, such as what its owner trusts
     * @return the certificate in PEM
     */
    String issue(LeafSpec spec, String privateKey, Validity validity, String context) {
        AsymmetricKeyParameter leafKey = Pem.readPrivateKey(privateKey);
        SubjectPublicKeyInfo publicKey = publicKeyInfo(leafKey);
        BigInteger serial = serial(List.of(encoded(certificate.getSubjectPublicKeyInfo()), encoded(publicKey),
                text(spec.subject()), text(spec.dnsNames().toString()), text(spec.addresses().toString()),
                text(spec.usages().stream().sorted().toList().toString()), text(validity.toString()), text(context)));
        var builder = new X509v3CertificateBuilder(certificate.getSubject(), serial, Date.from(validity.notBefore()),
                Date.from(validity.notAfter()), new X500Name(spec.subject()), publicKey);
        List<GeneralName> names = new ArrayList<>();
        spec.dnsNames().forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
        spec.addresses().forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
        List<KeyPurposeId> purposes = spec.usages().stream().sorted()
                .map(usage -> usage == Usage.SERVER ? KeyPurposeId.id_kp_serverAuth : KeyPurposeId.id_kp_clientAuth)
                .toList();
        var extensions = new BcX509ExtensionUtils();
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false,
                    new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
            builder.addExtension(Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(publicKey));
            builder.addExtension(Extension.authorityKeyIdentifier, false,
                    extensions.createAuthorityKeyIdentifier(certificate));
            if (!names.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false,
                        new GeneralNames(names.toArray(GeneralName[]::new)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Pem.certificate(sign(builder, key));
    }

    private static X509CertificateHolder sign(X509v3CertificateBuilder builder, AsymmetricKeyParameter key) {
        try {
            return builder.build(signer(key).build(key));
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("a certificate can't be signed: " + e.getMessage(), e);
        }
    }

    private static BcContentSignerBuilder signer(AsymmetricKeyParameter key) {
        boolean elliptic = key instanceof ECKeyParameters;
        AlgorithmIdentifier algorithm = new DefaultSignatureAlgorithmIdentifierFinder()
                .find(elliptic ? "SHA256WITHECDSA" : "SHA256WITHRSA");
        AlgorithmIdentifier digest = new DefaultDigestAlgorithmIdentifierFinder().find(algorithm);
        return elliptic ? new DeterministicEcdsa(algorithm, digest) : new BcRSAContentSignerBuilder(algorithm, digest);
    }

    /** ECDSA whose random number comes from key and message (RFC 6979). */
    private static final class DeterministicEcdsa extends BcContentSignerBuilder {
        DeterministicEcdsa(AlgorithmIdentifier algorithm, AlgorithmIdentifier digest) {
            super(algorithm, digest);
        }

        @Override
        protected Signer createSigner(AlgorithmIdentifier algorithm, AlgorithmIdentifier digestAlgorithm) {
            Digest digest = new SHA256Digest();
            return new DSADigestSigner(new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest())), digest);
        }
    }

    private static X500Name name(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build();
    }

    private static SubjectPublicKeyInfo publicKeyInfo(AsymmetricKeyParameter privateKey) {
        try {
            return SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(Pem.publicKey(privateKey));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] encoded(SubjectPublicKeyInfo key) {
        try {
            return key.getEncoded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A positive number of 127 bits from the hash of all parts, each with its length, so that no two lists are alike. */
    private static BigInteger serial(List<byte[]> parts) {
        var digest = new SHA256Digest();
        for (byte[] part : parts) {
            digest.update(text(part.length + ":"), 0, text(part.length + ":").length);
            digest.update(part, 0, part.length);
        }
        byte[] hash = new byte[digest.getDigestSize()];
        digest.doFinal(hash, 0);
        return new BigInteger(1, Arrays.copyOf(hash, 16)).clearBit(127).setBit(126);
    }
}
