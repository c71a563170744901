{{/* Parts of NetworkPolicies. A peer that isn't said is an error: an empty list would mean everybody. */}}

{{/* Peers and ports of one rule. Call with (dict "path" … "rule" …). */}}
{{- define "lethe.egressRule" -}}
{{- $rule := .rule -}}
{{- if not $rule.ports -}}
{{- fail (printf "%s.ports: list the ports of the pods, such as [9093]; no port would mean all of them" .path) -}}
{{- end -}}
{{- if and $rule.cidr (or $rule.namespace $rule.podSelector) -}}
{{- fail (printf "%s: give either a cidr, or a namespace with a podSelector" .path) -}}
{{- end -}}
{{- if $rule.cidr -}}
{{- if regexMatch "/0$" $rule.cidr -}}
{{- fail (printf "%s.cidr: name the addresses; %s is the whole world" .path $rule.cidr) -}}
{{- end -}}
- to:
    - ipBlock:
        cidr: {{ $rule.cidr }}
{{- else if and $rule.namespace $rule.podSelector -}}
- to:
    {{- include "lethe.pods" $rule | nindent 4 }}
{{- else -}}
{{- fail (printf "%s: give a cidr, or a namespace with a podSelector; a peer without them would be everybody" .path) -}}
{{- end }}
  ports:
    {{- range $rule.ports }}
    - protocol: TCP
      port: {{ int . }}
    {{- end }}
{{- end -}}

{{/* Pods by namespace and labels together, never by labels alone. */}}
{{- define "lethe.pods" -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .namespace }}
  podSelector:
    matchLabels:
      {{- toYaml .podSelector | nindent 6 }}
{{- end -}}

{{- define "lethe.dnsRules" -}}
{{- $dns := .Values.networkPolicy.dns -}}
{{- if not (and $dns.namespace $dns.podSelector) -}}
{{- fail "networkPolicy.dns: give namespace and podSelector of the name service; without them it would be everybody" -}}
{{- end -}}
- to:
    {{- include "lethe.pods" $dns | nindent 4 }}
    {{- with $dns.nodeLocal }}
    - ipBlock:
        cidr: {{ . }}/{{ ternary 128 32 (contains ":" .) }}
    {{- end }}
  ports:
    - protocol: UDP
      port: {{ int $dns.port }}
    - protocol: TCP
      port: {{ int $dns.port }}
{{- end -}}

{{/* Brokers of every cluster of the configuration. */}}
{{- define "lethe.brokerRules" -}}
{{- $brokers := .Values.networkPolicy.brokers -}}
{{- range $cluster := keys .Values.config.kafka | sortAlpha }}
{{- $rules := get $brokers $cluster -}}
{{- if not $rules -}}
{{- fail (printf "networkPolicy.brokers.%s: say where the brokers of config.kafka.%s are, each { namespace, podSelector, ports } or { cidr, ports }; or set networkPolicy.allow to false and let `lethe network generate` make these policies" $cluster $cluster) -}}
{{- end -}}
{{- range $at, $rule := $rules }}
{{ include "lethe.egressRule" (dict "path" (printf "networkPolicy.brokers.%s[%d]" $cluster $at) "rule" $rule) }}
{{- end }}
{{- end }}
{{- range $cluster := keys $brokers | sortAlpha }}
{{- if not (hasKey $.Values.config.kafka $cluster) -}}
{{- fail (printf "networkPolicy.brokers.%s: no cluster of this name is under config.kafka" $cluster) -}}
{{- end -}}
{{- end }}
{{- end -}}

{{/* Brokers of the clusters that sanitized topics are on, for the auditor. */}}
{{- define "lethe.openBrokerRules" -}}
{{- range $cluster := include "lethe.targetClusters" . | fromJsonArray }}
{{- $path := printf "auditor.brokers.%s" $cluster -}}
{{- $rules := get $.Values.auditor.brokers $cluster -}}
{{- if not $rules -}}
{{- $path = printf "networkPolicy.brokers.%s" $cluster -}}
{{- $rules = get $.Values.networkPolicy.brokers $cluster -}}
{{- end -}}
{{- if not $rules -}}
{{- fail (printf "auditor.brokers.%s: say where the brokers of sanitized topics are, each { namespace, podSelector, ports } or { cidr, ports }" $cluster) -}}
{{- end -}}
{{- include "lethe.egressRules" (dict "path" $path "rules" $rules) }}
{{- end }}
{{- range $cluster := keys .Values.auditor.brokers | sortAlpha }}
{{- if not (has $cluster (include "lethe.targetClusters" $ | fromJsonArray)) -}}
{{- fail (printf "auditor.brokers.%s: no route writes to a cluster of this name" $cluster) -}}
{{- end -}}
{{- end }}
{{- end -}}

{{/* Rules of a list of peers. Call with (dict "path" … "rules" …). */}}
{{- define "lethe.egressRules" -}}
{{- range $at, $rule := .rules }}
{{ include "lethe.egressRule" (dict "path" (printf "%s[%d]" $.path $at) "rule" $rule) }}
{{- end }}
{{- end -}}
