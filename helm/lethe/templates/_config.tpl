{{/* What is read from and filled into the configuration of the service. */}}

{{/* Seconds of a duration as the configuration writes it: 500ms, 25s, 5m, 1h, 7d. Rounded up. */}}
{{- define "lethe.seconds" -}}
{{- $count := regexFind "^[0-9]+" . | int -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- if eq $unit "ms" -}}{{ div (add $count 999) 1000 }}
{{- else -}}{{ mul $count (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) $unit) }}
{{- end -}}
{{- end -}}

{{- define "lethe.service" -}}{{ default dict .Values.config.service | toJson }}{{- end -}}

{{- define "lethe.port" -}}
{{- $http := default dict (include "lethe.service" . | fromJson).http -}}
{{- $port := default 8080 $http.port | int -}}
{{- if lt $port 1024 -}}
{{- fail (printf "config.service.http.port: choose a port from 1024 on; %d needs a capability, and 0 can't be probed" $port) -}}
{{- end -}}
{{- if has (default "0.0.0.0" $http.host) (list "127.0.0.1" "localhost" "::1") -}}
{{- fail "config.service.http.host: leave it out; probes and Prometheus come from outside of the pod" -}}
{{- end -}}
{{- $port -}}
{{- end -}}

{{/* The whole lethe.yaml of the anonymizer. */}}
{{- define "lethe.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $keys := default dict $config.keys -}}
{{- if hasKey $keys "directory" -}}
{{- if ne $keys.directory "/etc/lethe/keys" -}}
{{- fail "config.keys.directory: leave it out; the chart mounts the keys at /etc/lethe/keys" -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "keys" (merge (dict "directory" "/etc/lethe/keys") $keys) -}}
{{- $service := default dict $config.service -}}
{{- if hasKey $service "instanceId" -}}
{{- if not (contains "${POD_NAME}" $service.instanceId) -}}
{{- fail "config.service.instanceId: leave it out or write ${POD_NAME} into it; instances with the same id fence each other" -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "service" (merge (dict) $service (dict "instanceId" "${POD_NAME}")) -}}
{{- if $config.isolation -}}
{{- $own := dict "namespace" .Release.Namespace "podSelector" (include "lethe.selector" (list . "anonymizer") | fromYaml) -}}
{{- $said := default dict $config.isolation.anonymizer -}}
{{- range $key, $value := $own -}}
{{- if and (hasKey $said $key) (ne (toJson (get $said $key)) (toJson $value)) -}}
{{- fail (printf "config.isolation.anonymizer.%s: leave it out; the anonymizer of this release is %s" $key (toJson $own)) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config.isolation "anonymizer" (merge (dict) $own $said) -}}
{{- if .Values.warden.enabled -}}
{{- $warden := dict "namespace" .Release.Namespace "podSelector" (include "lethe.selector" (list . "warden") | fromYaml) -}}
{{- $declared := false -}}
{{- range $config.isolation.operators -}}
{{- if eq (toJson .workload) (toJson $warden) -}}{{- $declared = true -}}{{- end -}}
{{- end -}}
{{- if not $declared -}}
{{- $operator := dict "name" "warden" "workload" $warden "administers" (keys $config.kafka | sortAlpha) -}}
{{- $_ := set $config.isolation "operators" (append (default list $config.isolation.operators) $operator) -}}
{{- range .Values.networkPolicy.apiServer -}}
{{- $address := default "" .cidr | trimSuffix "/32" | trimSuffix "/128" -}}
{{- if and $address (not (contains "/" $address)) -}}
{{- $flow := dict "name" (printf "warden to the API server at %s" $address) "from" $warden "to" (dict "address" $address) "ports" .ports -}}
{{- $_ := set $config.isolation "flows" (append (default list $config.isolation.flows) $flow) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if .Values.auditor.enabled -}}
{{- $clients := default list $config.isolation.clients -}}
{{- range include "lethe.auditorClients" . | fromJsonArray -}}
{{- $new := . -}}
{{- $declared := false -}}
{{- range $clients -}}
{{- if and (eq (toJson .workload) (toJson $new.workload)) (eq (default "main" .cluster) $new.cluster) -}}{{- $declared = true -}}{{- end -}}
{{- end -}}
{{- if not $declared -}}{{- $clients = append $clients $new -}}{{- end -}}
{{- end -}}
{{- $_ := set $config.isolation "clients" $clients -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The warden's lethe.yaml: the same with its own principals, and without the anonymizer's. */}}
{{- define "lethe.wardenConfig" -}}
{{- $config := include "lethe.config" . | fromYaml -}}
{{- range $name, $cluster := $config.kafka -}}
{{- $_ := unset $cluster "sasl" -}}
{{- if kindIs "map" $cluster.tls -}}
{{- $_ := unset $cluster.tls "certificate" -}}
{{- $_ := unset $cluster.tls "key" -}}
{{- end -}}
{{- end -}}
{{- $_ := unset $config.registry "auth" -}}
{{- if not $config.isolation -}}
{{- fail "config.isolation: say who may talk to whom; the warden makes policies from it" -}}
{{- end -}}
{{- $own := default dict $config.isolation.warden -}}
{{- if ne (default .Values.warden.mode $own.mode) .Values.warden.mode -}}
{{- fail "config.isolation.warden.mode: leave it out; warden.mode also decides about the warden's rights" -}}
{{- end -}}
{{- if $own.lease -}}
{{- fail (printf "config.isolation.warden.lease: leave it out; the warden has a right to the Lease %s alone" (include "lethe.warden" .)) -}}
{{- end -}}
{{- $_ := set $config.isolation "warden" (merge (dict "mode" .Values.warden.mode "lease" (dict "namespace" .Release.Namespace "name" (include "lethe.warden" .))) $own) -}}
{{- toYaml (mergeOverwrite $config (default dict .Values.warden.config)) -}}
{{- end -}}

{{/* The auditor's lethe.yaml: the same with its own principals, without the anonymizer's, and without the section that is not its business. */}}
{{- define "lethe.auditorConfig" -}}
{{- $config := include "lethe.config" . | fromYaml -}}
{{- range $name, $cluster := $config.kafka -}}
{{- $_ := unset $cluster "sasl" -}}
{{- if kindIs "map" $cluster.tls -}}
{{- $_ := unset $cluster.tls "certificate" -}}
{{- $_ := unset $cluster.tls "key" -}}
{{- end -}}
{{- end -}}
{{- $_ := unset $config.registry "auth" -}}
{{- if kindIs "map" $config.registry.tls -}}
{{- $_ := unset $config.registry.tls "certificate" -}}
{{- $_ := unset $config.registry.tls "key" -}}
{{- end -}}
{{- $_ := unset $config "isolation" -}}
{{- toYaml (mergeOverwrite $config (default dict .Values.auditor.config)) -}}
{{- end -}}

{{/* Clusters that sanitized topics are on, as JSON. */}}
{{- define "lethe.targetClusters" -}}
{{- $names := list -}}
{{- range .Values.config.routes -}}{{- $names = append $names (default "main" .to.cluster) -}}{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* The group under which the auditor keeps its positions. */}}
{{- define "lethe.auditorGroup" -}}
{{- $config := mergeOverwrite (deepCopy .Values.config) (deepCopy (default dict .Values.auditor.config)) -}}
{{- $service := default "lethe" (default dict $config.service).groupId -}}
{{- default (printf "%s-audit" $service) (default dict $config.audit).groupId -}}
{{- end -}}

{{/* The auditor as clients of the section `isolation`, one a cluster, as JSON. Topics of routes by pattern are not known here. */}}
{{- define "lethe.auditorClients" -}}
{{- $clients := list -}}
{{- $workload := dict "namespace" .Release.Namespace "podSelector" (include "lethe.selector" (list . "auditor") | fromYaml) -}}
{{- $clusters := include "lethe.targetClusters" . | fromJsonArray -}}
{{- range $cluster := $clusters -}}
{{- $topics := list -}}
{{- range $.Values.config.routes -}}
{{- if and (eq (default "main" .to.cluster) $cluster) (not (contains "$" .to.topic)) -}}{{- $topics = append $topics .to.topic -}}{{- end -}}
{{- end -}}
{{- $client := dict "name" (ternary "auditor" (printf "auditor-%s" $cluster) (eq (len $clusters) 1)) "cluster" $cluster "workload" $workload "consumes" ($topics | uniq | sortAlpha) "groups" (list (include "lethe.auditorGroup" $)) "registry" true -}}
{{- with $.Values.auditor.principal -}}{{- $_ := set $client "principal" . -}}{{- end -}}
{{- with dig "kafka" $cluster "bootstrapServers" list (default dict $.Values.auditor.config) -}}{{- $_ := set $client "bootstrapServers" . -}}{{- end -}}
{{- $clients = append $clients $client -}}
{{- end -}}
{{- toJson $clients -}}
{{- end -}}

{{/* Namespaces that the warden writes in, as JSON: its own, those of brokers in Kubernetes, and those that are said. */}}
{{- define "lethe.wardenNamespaces" -}}
{{- $names := append .Values.warden.namespaces .Release.Namespace -}}
{{- $isolation := default dict .Values.config.isolation -}}
{{- range $name, $brokers := $isolation.brokers -}}
{{- with $brokers.namespace -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
{{- toJson (concat $names (dig "scope" "namespaces" list $isolation) | uniq | sortAlpha) -}}
{{- end -}}

{{/* What the service takes only at its start; a change of it replaces the pods. */}}
{{- define "lethe.startOnly" -}}
{{- $service := include "lethe.service" . | fromJson -}}
{{- $log := default dict $service.log -}}
{{- list (default dict $service.http) (default "json" $log.format) .Values.extraEnv | toJson | sha256sum -}}
{{- end -}}

{{/* What can't work is said here, with the path of the value and the remedy. */}}
{{- define "lethe.check" -}}
{{- if and .Values.autoscaling.enabled .Values.keda.enabled -}}
{{- fail "autoscaling.enabled, keda.enabled: choose one; two scalers work against each other" -}}
{{- end -}}
{{- range $path, $scaler := dict "autoscaling" .Values.autoscaling "keda" .Values.keda -}}
{{- if $scaler.enabled -}}
{{- if lt (int $scaler.partitions) 1 -}}
{{- fail (printf "%s.partitions: write how many partitions the source topics have together; instances beyond them do nothing" $path) -}}
{{- end -}}
{{- if gt (int $scaler.maxReplicas) (int $scaler.partitions) -}}
{{- fail (printf "%s.maxReplicas: choose at most %d, the number of partitions" $path (int $scaler.partitions)) -}}
{{- end -}}
{{- if gt (int $scaler.minReplicas) (int $scaler.maxReplicas) -}}
{{- fail (printf "%s.minReplicas: choose at most %d, which is maxReplicas" $path (int $scaler.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not (dig "requests" "cpu" "" .Values.resources)) -}}
{{- fail "resources.requests.cpu: write it; autoscaling counts in percent of it" -}}
{{- end -}}
{{- if and .Values.keda.enabled (not .Values.keda.serverAddress) -}}
{{- fail "keda.serverAddress: write the address of Prometheus, such as http://prometheus.monitoring:9090" -}}
{{- end -}}
{{- if and (has "Deny" .Values.admission.actions) (has "Warn" .Values.admission.actions) -}}
{{- fail "admission.actions: choose Deny or Warn; Kubernetes refuses both together" -}}
{{- end -}}
{{- $drain := include "lethe.seconds" (default "25s" (include "lethe.service" . | fromJson).drainTimeout) | int -}}
{{- if ge $drain (int .Values.terminationGracePeriodSeconds) -}}
{{- fail (printf "terminationGracePeriodSeconds: choose more than %d, which is config.service.drainTimeout" $drain) -}}
{{- end -}}
{{- range $key, $value := include "lethe.selector" (list . "anonymizer") | fromYaml -}}
{{- if hasKey $.Values.podLabels $key -}}
{{- fail (printf "podLabels: leave out %s; policies select the anonymizer by it" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
