# Process 1 of a node: gives it folders, control groups and a network of its own, says "ready", and reaps.
# $1 folder of the node outside, $2 its address, $3 address of the name service
set -eu
folder=$1
address=$2
names=$3

mount --make-rprivate /
# A new /sys shows the interfaces of this network; the control groups stay those of the machine, of which kubelet uses a branch of its own.
mkdir "$folder/cgroup"
mount --rbind /sys/fs/cgroup "$folder/cgroup"
umount -l /sys
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount --rbind "$folder/cgroup" /sys/fs/cgroup
umount -l "$folder/cgroup"
rmdir "$folder/cgroup"

mkdir "$folder/lib" "$folder/log"
mount -t tmpfs tmpfs /run
mount --bind "$folder/lib" /var/lib
mount --bind "$folder/log" /var/log
mkdir -p /run/lock /run/netns /run/containerd /run/cni/net.d /run/cni/ipam /run/stand-in
mkdir -p /var/lib/cni /var/lib/kubelet /var/lib/containerd /var/log/pods /var/log/containers
touch /run/xtables.lock
# Volumes that kubelet mounts are seen by containers.
mount --make-rshared /

# kubelet insists on these. They hold for the whole machine, so it is shown stand-ins and changes nothing.
stand_in() {
  echo "$2" >"/run/stand-in/$1"
  mount --bind "/run/stand-in/$1" "/proc/sys/$(echo "$1" | tr . /)"
}
stand_in vm.overcommit_memory 1
stand_in kernel.panic 10
stand_in kernel.panic_on_oops 1

# Programs on the node know services by name.
resolver=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$resolver")"
[ -e "$resolver" ] || touch "$resolver"
printf 'nameserver %s\nsearch svc.cluster.local cluster.local\noptions ndots:5\n' "$names" >/run/stand-in/resolv.conf
mount --bind /run/stand-in/resolv.conf "$resolver"

hostname node1
ip link set lo up
# A bridge holds the address, since not every kernel has dummy devices. Nothing beyond it is reached.
ip link add node0 type bridge
ip addr add "$address/24" dev node0
ip link set node0 up
ip route add default dev node0
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.disable_ipv6=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0

touch "$folder/ready"
while :; do
  sleep 60 &
  wait
done
