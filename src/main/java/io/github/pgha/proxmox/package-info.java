/** Virtual machines on Proxmox VE: the only package that knows Proxmox. */
package io.github.pgha.proxmox;
