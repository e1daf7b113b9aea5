package io.github.pgha.proxmox;

import com.pulumi.deployment.Deployment;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import io.muehlbachler.pulumi.proxmoxve.download.File;
import io.muehlbachler.pulumi.proxmoxve.download.FileArgs;
import java.util.LinkedHashMap;
import java.util.Map;

/** The cloud image that machines are made from: one on each node, or one for all on a datastore that they share. */
final class Images {
    private final String name;
    private final Site site;
    private final String fileName;
    private final Resource parent;
    private final Map<String, File> images = new LinkedHashMap<>();

    /**
     * @param name        resource name, the first part of the names of what is inside
     * @param clusterName whose image it is
     * @param site        says which image, and where it is kept
     * @param parent      the component that they belong to
     */
    Images(String name, String clusterName, Site site, Resource parent) {
        this.name = name;
        this.site = site;
        this.parent = parent;
        var deployment = Deployment.getInstance();
        fileName = ImageFile.name(clusterName,
                String.join("/", deployment.getProjectName(), deployment.getStackName(), name), site);
    }

    /** The image for a machine. */
    File of(VmSpec spec, Made made) {
        return images.computeIfAbsent(made.imageNode().orElse(spec.node()), this::image);
    }

    private File image(String node) {
        var args = FileArgs.builder()
                .nodeName(node)
                .datastoreId(site.imageDatastore())
                .contentType("import")
                .url(site.imageUrl())
                .fileName(fileName)
                // Otherwise the provider fetches it again whenever the server's has another size; this image is a dated one.
                .overwrite(false);
        site.imageChecksum().ifPresent(checksum -> args.checksum(checksum).checksumAlgorithm("sha512"));
        return new File(name + "-image-" + node, args.build(), CustomResourceOptions.builder().parent(parent).build());
    }
}
