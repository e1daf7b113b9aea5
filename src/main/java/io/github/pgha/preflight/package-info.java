/** Says before an {@code up} what a Proxmox VE lacks for a cluster, and the commands that mend it. It changes nothing. */
package io.github.pgha.preflight;
