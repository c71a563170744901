// Kubernetes in one program: kube-apiserver with an etcd inside its process, kube-controller-manager, kube-scheduler, kubelet, kube-proxy
// and kubectl. The first argument chooses, the others are those of the chosen program.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// Where the etcd of kube-apiserver keeps its data and listens.
const (
	etcdFolder = "RIG_ETCD_FOLDER"
	etcdClient = "RIG_ETCD_CLIENT"
	etcdPeer   = "RIG_ETCD_PEER"
)

const etcdPatience = 60 * time.Second

func main() {
	if len(os.Args) < 2 {
		fail("usage: kubernetes kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy|kubectl ...")
	}
	program := os.Args[1]
	os.Args = append([]string{program}, os.Args[2:]...)
	var command *cobra.Command
	switch program {
	case "kube-apiserver":
		startEtcd()
		command = apiserver.NewAPIServerCommand()
	case "kube-controller-manager":
		command = controllers.NewControllerManagerCommand()
	case "kube-scheduler":
		command = scheduler.NewSchedulerCommand()
	case "kubelet":
		command = kubelet.NewKubeletCommand(context.Background())
	case "kube-proxy":
		command = proxy.NewProxyCommand()
	case "kubectl":
		command = kubectl.NewDefaultKubectlCommand()
	default:
		fail("unknown program " + program)
	}
	os.Exit(cli.Run(command))
}

// startEtcd starts etcd in this process and points kube-apiserver at it. Nothing is synced to disk: the data lives as long as a test.
func startEtcd() {
	config := embed.NewConfig()
	config.Dir = os.Getenv(etcdFolder)
	client, peer := address(etcdClient), address(etcdPeer)
	config.ListenClientUrls, config.AdvertiseClientUrls = client, client
	config.ListenPeerUrls, config.AdvertisePeerUrls = peer, peer
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		fail("etcd: " + err.Error())
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(etcdPatience):
		fail("etcd: not ready in " + etcdPatience.String())
	}
	os.Args = append(os.Args, "--etcd-servers="+client[0].String())
}

func address(variable string) []url.URL {
	parsed, err := url.Parse(os.Getenv(variable))
	if err != nil || parsed.Host == "" {
		fail(variable + " must be a URL")
	}
	return []url.URL{*parsed}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}
