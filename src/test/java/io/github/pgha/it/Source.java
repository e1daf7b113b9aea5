package io.github.pgha.it;

/** Where a secret may have got to by mistake: what {@link SecretsScan} searches. */
enum Source {
    STATE("state: stacks, history, backups, configuration"),
    OUTPUT("output of up, up --diff, preview"),
    FAILURE("output of an up that fails"),
    PULUMI_LOG("Pulumi's logs"),
    MACHINE_ARGUMENTS("machine: arguments of processes"),
    MACHINE_ENVIRONMENT("machine: environments of processes"),
    MACHINE_FILES("machine: temporary files, the sandbox's files"),
    API_LOG("machine: logs of the Proxmox API"),
    USER_DATA("Proxmox's storage: user-data"),
    HOST_ARGUMENTS("hosts: arguments of processes"),
    HOST_ENVIRONMENT("hosts: environments of processes"),
    HOST_TMP("hosts: /tmp, /var/tmp"),
    HOST_READABLE("hosts: files that everybody may read"),
    JOURNAL("hosts: journals"),
    POSTGRES_LOG("hosts: PostgreSQL's logs"),
    CLOUD_INIT_LOG("hosts: cloud-init's logs");

    private final String title;

    Source(String title) {
        this.title = title;
    }

    /** What it is called in the table. */
    String title() {
        return title;
    }
}
