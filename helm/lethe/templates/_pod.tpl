{{/* Parts of pods. Pod security is written out, and none of it can be relaxed by a value. */}}

{{/* Call with $. */}}
{{- define "lethe.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.podSecurity.runAsUser }}
runAsGroup: {{ .Values.podSecurity.runAsGroup }}
fsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "lethe.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* A volume of files from a Secret or a CSI driver. Call with (dict "name" … "path" … "source" …), path being that of the value. */}}
{{- define "lethe.secretVolume" -}}
{{- $secret := default "" .source.existingSecret -}}
{{- $csi := default dict .source.csi -}}
{{- if and $secret $csi -}}
{{- fail (printf "%s: give only one of existingSecret and csi" .path) -}}
{{- end -}}
{{- if not (or $secret $csi) -}}
{{- fail (printf "%s: name an existingSecret, or a csi volume" .path) -}}
{{- end -}}
- name: {{ .name }}
{{- if $secret }}
  secret:
    secretName: {{ $secret }}
    # 0440: read by the group (podSecurity.fsGroup), by nobody else.
    defaultMode: 288
{{- else }}
  csi:
    {{- toYaml (merge (dict "readOnly" true) $csi) | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "lethe.credentialVolumes" -}}
{{- range $at, $item := .items }}
{{ include "lethe.secretVolume" (dict "name" (printf "credentials-%s" $item.name) "path" (printf "%s[%d]" $.path $at) "source" $item) }}
{{- end }}
{{- end -}}

{{- define "lethe.credentialMounts" -}}
{{- range . }}
- name: credentials-{{ .name }}
  mountPath: /etc/lethe/credentials/{{ .name }}
  readOnly: true
{{- end }}
{{- end -}}
