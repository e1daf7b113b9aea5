package io.github.pgha.proxmox;

import io.github.pgha.secret.Fingerprint;
import java.net.URI;
import java.util.Locale;

/** What the cloud image is called where the nodes keep it. */
final class ImageFile {
    private ImageFile() {}

    /**
     * Returns a file name that no other stack has, since the provider refuses a file that it didn't make, and that is another
     * one for another image, since the engine removes the former image after it has made the new one.
     *
     * @param clusterName for people who look into the datastore
     * @param owner       whose it is: two clusters may have one name
     */
    static String name(String clusterName, String owner, Site site) {
        String path = URI.create(site.imageUrl()).getPath();
        String hash = Fingerprint.of(String.join("\n", owner, site.imageUrl(),
                site.imageChecksum().map(sum -> sum.toLowerCase(Locale.ROOT)).orElse("")));
        return "pgha-" + clusterName + "-" + hash + path.substring(path.lastIndexOf('.'));
    }
}
