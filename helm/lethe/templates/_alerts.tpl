{{/* Rules of a file of alerts. Call with (dict "root" $ "file" "alerts.yaml" "pods" "name of the workload"). */}}
{{- define "lethe.alerts" -}}
{{- $root := .root -}}
{{- $namespace := printf "namespace=%q" $root.Release.Namespace -}}
{{- $pods := printf "%s, pod=~\"%s-.+\"" $namespace .pods -}}
{{- range $root.Files.Get .file | fromYamlArray }}
{{- /* absent() makes labels of what it is asked for, and a pattern is none. */}}
{{- $select := ternary $namespace $pods (hasPrefix "absent(" .expr) }}
- alert: {{ .alert }}
  expr: {{ .expr | replace "SELECT" $select | replace "AUDITLAG" (int $root.Values.prometheusRule.auditLagRecords | toString) | replace "LAG" (int $root.Values.prometheusRule.lagSeconds | toString) | quote }}
  for: {{ .for }}
  labels:
    severity: {{ .severity }}
  annotations:
    summary: {{ .summary | quote }}
    description: {{ .description | quote }}
    runbook_url: {{ printf "%s#%s" $root.Values.prometheusRule.runbook (lower .alert) | quote }}
{{- end }}
{{- end -}}
