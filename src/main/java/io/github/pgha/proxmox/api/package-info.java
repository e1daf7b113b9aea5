/** A small client of the Proxmox VE API, for what the provider doesn't tell. It reads only. */
package io.github.pgha.proxmox.api;
