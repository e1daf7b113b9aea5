/** HAProxy and keepalived: one address that always leads to the primary. */
package io.github.pgha.balancer;
