/** The packet filter of every host: who may reach which port, and how that is put up without locking anybody out. */
package io.github.pgha.firewall;
