/** A host that can be reached by SSH, the scripts that run on it, and the one class that uses the Command provider. */
package io.github.pgha.host;
