/** etcd, which keeps the leader's lock and the cluster's state. */
package io.github.pgha.etcd;
