package io.github.pgha.proxmox;

import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import io.muehlbachler.pulumi.proxmoxve.FileLegacy;
import io.muehlbachler.pulumi.proxmoxve.FileLegacyArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.FileLegacySourceRawArgs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The machines' user-data in the nodes' storage. It goes there as a file (SFTP): the provider's other way is a shell that
 * repeats what it was sent, and an error of it would print all of a user-data, private keys included.
 */
final class Snippets {
    private static final String BY_FILE = "sftp";
    /** Of the user that the provider logs in as; Proxmox reads it as root. */
    private static final String MODE = "0600";
    private static final String CONTENT = "snippets";

    private final String name;
    private final String datastore;
    private final Resource parent;
    private final Map<String, FileLegacy> keeps = new LinkedHashMap<>();

    /**
     * @param name      resource name, the first part of the names of what is inside
     * @param datastore where the files go
     * @param parent    the component that they belong to
     */
    Snippets(String name, String datastore, Resource parent) {
        this.name = name;
        this.datastore = datastore;
        this.parent = parent;
    }

    /**
     * Declares a machine's user-data.
     *
     * @param spec the machine
     * @param made how it was made
     * @param data the text
     */
    FileLegacy userData(VmSpec spec, Made made, Output<String> data) {
        List<Resource> before = made.keepsFolder()
                ? List.of(keeps.computeIfAbsent(spec.node(), this::keep)) : List.of();
        return new FileLegacy(spec.name() + "-user-data", args(spec.node())
                .sourceRaw(data.applyValue(text -> FileLegacySourceRawArgs.builder()
                        // By the number, which only one machine has: another cluster's may be called the same.
                        .fileName("pgha-" + spec.vmId() + "-" + spec.name() + "-user-data.yaml")
                        .data(text)
                        .build()).asSecret())
                .fileMode(MODE)
                .build(),
                // Proxmox reads it again at every start of the machine, so it has to stay as it was, and where it was: the
                // provider would move it by removing it, and the machine's reference to it stays.
                child().ignoreChanges("sourceRaw", "datastoreId", "nodeName", "uploadMode", "fileMode").dependsOn(before)
                        .build());
    }

    /**
     * A file without a secret, which is sent first: whether the folder can be written to is known then. It stays for good, since
     * Proxmox removes the folder with the last file and makes it anew as one that only root may write to.
     */
    private FileLegacy keep(String node) {
        return new FileLegacy(name + "-snippets-" + node, args(node)
                .sourceRaw(FileLegacySourceRawArgs.builder()
                        .fileName("pgha-keep-" + node + ".yaml")
                        .data("# Written by pgha: while this file is here, Proxmox VE keeps this folder and its owner.\n")
                        .build())
                .build(), child().retainOnDelete(true).ignoreChanges("datastoreId").build());
    }

    private FileLegacyArgs.Builder args(String node) {
        return FileLegacyArgs.builder().nodeName(node).datastoreId(datastore).contentType(CONTENT).uploadMode(BY_FILE);
    }

    private CustomResourceOptions.Builder child() {
        return CustomResourceOptions.builder().parent(parent);
    }
}
