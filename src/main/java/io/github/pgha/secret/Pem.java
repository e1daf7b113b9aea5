package io.github.pgha.secret;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/** Certificates and keys as PEM text and back. */
final class Pem {
    private Pem() {}

    static String privateKey(AsymmetricKeyParameter key) {
        try {
            return write("PRIVATE KEY", PrivateKeyInfoFactory.createPrivateKeyInfo(key).getEncoded());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String certificate(X509CertificateHolder certificate) {
        try {
            return write("CERTIFICATE", certificate.getEncoded());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a private key, EC or RSA, without a passphrase.
     *
     * @throws IllegalArgumentException if there is none; the message doesn't repeat the text
     */
    static AsymmetricKeyParameter readPrivateKey(String pem) {
        try (var parser = new PEMParser(new StringReader(pem))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                PrivateKeyInfo info = object instanceof PEMKeyPair pair ? pair.getPrivateKeyInfo()
                        : object instanceof PrivateKeyInfo found ? found : null;
                if (info != null) {
                    return PrivateKeyFactory.createKey(info);
                }
            }
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("a private key can't be read: it must be in PEM, without a passphrase", e);
        }
        throw new IllegalArgumentException("a private key must be in PEM, without a passphrase");
    }

    /** Reads all certificates of a text, in their order; anything else in it is left out. */
    static List<X509CertificateHolder> readCertificates(String pem) {
        List<X509CertificateHolder> found = new ArrayList<>();
        try (var parser = new PEMParser(new StringReader(pem))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                if (object instanceof X509CertificateHolder certificate) {
                    found.add(certificate);
                }
            }
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("a certificate can't be read: it must be in PEM", e);
        }
        return found;
    }

    /** The public key of a private one. */
    static AsymmetricKeyParameter publicKey(AsymmetricKeyParameter key) {
        if (key instanceof ECPrivateKeyParameters ec) {
            return new ECPublicKeyParameters(
                    ec.getParameters().getG().multiply(ec.getD()).normalize(), ec.getParameters());
        }
        if (key instanceof RSAPrivateCrtKeyParameters rsa) {
            return new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
        }
        throw new IllegalArgumentException("a private key must be of type EC or RSA");
    }

    private static String write(String type, byte[] content) {
        var text = new StringWriter();
        try (var pem = new PemWriter(text)) {
            pem.writeObject(new PemObject(type, content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
