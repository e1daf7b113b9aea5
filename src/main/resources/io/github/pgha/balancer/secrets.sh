# The statistics page's user, in a file of its own, before HAProxy is told to read it.
# balancer.sh, which runs after this, reloads HAProxy.
:
