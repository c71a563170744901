/** What the programs of a node read: containerd, the plugins of its network, kubelet and kube-proxy. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRuntime } from './container-runtime.ts';

export const NODE_NAME = 'node1';
export const NODE_ADDRESS = '10.199.0.1';
export const POD_RANGE = '10.244.0.0/24';
export const SERVICE_RANGE = '10.96.0.0/16';
/** Of the name service, in {@link SERVICE_RANGE}. */
export const DNS_ADDRESS = '10.96.0.10';
export const CONTAINERD = '/run/containerd/containerd.sock';

export interface NodeSettings {
  readonly containerd: string;
  readonly kubelet: string;
  readonly proxy: string;
  /** Folder of CNI configurations. */
  readonly network: string;
}

/** Writes them into a folder. @returns their paths. */
export function writeNodeSettings(
  folder: string,
  options: {
    readonly runtime: ContainerRuntime;
    readonly pauseImage: string;
    readonly controlGroup: string;
    readonly authority: string;
    readonly proxyKubeconfig: string;
  },
): NodeSettings {
  const { runtime, pauseImage, controlGroup, authority, proxyKubeconfig } = options;
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  write('10-ptp.conflist', JSON.stringify(podNetwork));
  return {
    containerd: write('containerd.toml', containerd(runtime, pauseImage, folder)),
    kubelet: write('kubelet.yaml', JSON.stringify(kubelet(controlGroup, authority))),
    proxy: write('kube-proxy.yaml', JSON.stringify(proxy(proxyKubeconfig))),
    network: folder,
  };
}

/** Each pod has a cable of its own to the node, which routes: no bridge that packets could pass beside the firewall. */
const podNetwork = {
  cniVersion: '1.0.0',
  name: 'ptp',
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      mtu: 1500,
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni/ipam',
        ranges: [[{ subnet: POD_RANGE }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const containerd = (
  { runc, plugins }: ContainerRuntime,
  pauseImage: string,
  network: string,
): string => `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "${CONTAINERD}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Where root may not lower it (no CAP_SYS_RESOURCE), runc would die of it.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "${runc}"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${plugins}"
    conf_dir = "${network}"
`;

const kubelet = (controlGroup: string, authority: string): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: controlGroup,
  enforceNodeAllocatable: [],
  // Check, don't write: see the stand-ins of the sandbox.
  protectKernelDefaults: true,
  failSwapOn: false,
  oomScoreAdj: 0,
  containerRuntimeEndpoint: `unix://${CONTAINERD}`,
  address: NODE_ADDRESS,
  authentication: {
    anonymous: { enabled: false },
    x509: { clientCAFile: authority },
    webhook: { enabled: true },
  },
  authorization: { mode: 'Webhook' },
  clusterDomain: 'cluster.local',
  clusterDNS: [DNS_ADDRESS],
  resolvConf: '',
  volumePluginDir: '/var/lib/kubelet/plugins',
  // The machine is shared with whatever else runs on it: its fullness says nothing about the test.
  evictionHard: {
    'memory.available': '0%',
    'nodefs.available': '0%',
    'nodefs.inodesFree': '0%',
    'imagefs.available': '0%',
    'imagefs.inodesFree': '0%',
  },
  imageGCHighThresholdPercent: 100,
  nodeStatusUpdateFrequency: '2s',
  nodeStatusReportFrequency: '30s',
  // How soon a changed ConfigMap or Secret is seen by a pod.
  syncFrequency: '5s',
  maxPods: 60,
  kubeAPIQPS: 100,
  kubeAPIBurst: 200,
  serializeImagePulls: false,
  registerNode: true,
});

const proxy = (kubeconfig: string): object => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'iptables',
  clusterCIDR: POD_RANGE,
  hostnameOverride: NODE_NAME,
  clientConnection: { kubeconfig },
  // Zeros leave the settings of the machine alone.
  conntrack: {
    maxPerCore: 0,
    min: 0,
    tcpEstablishedTimeout: '0s',
    tcpCloseWaitTimeout: '0s',
    udpTimeout: '0s',
    udpStreamTimeout: '0s',
  },
  iptables: { minSyncPeriod: '100ms', syncPeriod: '30s' },
  metricsBindAddress: '127.0.0.1:10249',
  healthzBindAddress: '127.0.0.1:10256',
});
