{{/* Names and labels. */}}

{{- define "lethe.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of all names: at most 40 characters, so that names with a suffix stay below 63. */}}
{{- define "lethe.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "lethe.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "lethe.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "lethe.anonymizer" -}}{{ include "lethe.fullname" . }}-anonymizer{{- end -}}
{{- define "lethe.warden" -}}{{ include "lethe.fullname" . }}-warden{{- end -}}
{{- define "lethe.auditor" -}}{{ include "lethe.fullname" . }}-auditor{{- end -}}

{{/* Cluster-wide objects carry the namespace in their names, so that two releases don't meet. */}}
{{- define "lethe.clusterName" -}}
{{- printf "%s-%s" (include "lethe.fullname" .) .Release.Namespace | trunc 120 | trimSuffix "-" -}}
{{- end -}}

{{- define "lethe.anonymizerAccount" -}}
{{- default (include "lethe.anonymizer" .) .Values.serviceAccount.name -}}
{{- end -}}
{{- define "lethe.wardenAccount" -}}
{{- default (include "lethe.warden" .) .Values.warden.serviceAccount.name -}}
{{- end -}}
{{- define "lethe.auditorAccount" -}}
{{- default (include "lethe.auditor" .) .Values.auditor.serviceAccount.name -}}
{{- end -}}

{{/* Labels that select this release's pods of a component; part of the immutable selector. Call with (list $ "anonymizer"). */}}
{{- define "lethe.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "lethe.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels of every object. Call with (list $ "anonymizer"). */}}
{{- define "lethe.labels" -}}
{{- $root := index . 0 -}}
{{ include "lethe.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "lethe.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}
{{- else -}}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}
