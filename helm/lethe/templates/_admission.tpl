{{/* Parts of the admission guard. */}}

{{/* A list of texts in CEL, with quotes that YAML's own don't end. The schema of the values allows no quotes in names. */}}
{{- define "lethe.celList" -}}
{{- toJson . | replace "\"" "'" -}}
{{- end -}}

{{/* Whether the request comes from an admin. */}}
{{- define "lethe.celAdmin" -}}
{{- $admins := .Values.admission.admins -}}
(request.userInfo.username in {{ include "lethe.celList" $admins.users }} || has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in {{ include "lethe.celList" $admins.groups }}))
{{- end -}}

{{/* Whether some metadata carries all of the labels. Call with (dict "metadata" "object.metadata" "labels" …). */}}
{{- define "lethe.celCarries" -}}
{{- $metadata := .metadata -}}
{{- $parts := list (printf "has(%s.labels)" $metadata) -}}
{{- range $key := keys .labels | sortAlpha -}}
{{- $parts = append $parts (printf "'%s' in %s.labels && %s.labels['%s'] == '%s'" $key $metadata $metadata $key (get $.labels $key)) -}}
{{- end -}}
({{ join " && " $parts }})
{{- end -}}

{{/* User name of a service account of the release's namespace. Call with (list $ "name"). */}}
{{- define "lethe.accountUser" -}}
system:serviceaccount:{{ (index . 0).Release.Namespace }}:{{ index . 1 }}
{{- end -}}

{{/* Namespaces that the guard is about, as JSON: the release's own and those of raw brokers. */}}
{{- define "lethe.guarded" -}}
{{- $names := list .Release.Namespace -}}
{{- range .Values.admission.rawNamespaces -}}{{- $names = append $names .name -}}{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- define "lethe.rawNamespaces" -}}
{{- $names := list -}}
{{- range .Values.admission.rawNamespaces -}}{{- $names = append $names .name -}}{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* Secrets by the accounts whose pods may use them, and classes of secret providers, as JSON: [{ name, kind, accounts }]. */}}
{{- define "lethe.guardedSecrets" -}}
{{- $uses := dict -}}
{{- $owners := dict (include "lethe.anonymizerAccount" .) (prepend .Values.credentials .Values.keys) -}}
{{- if .Values.warden.enabled -}}
{{- $_ := set $owners (include "lethe.wardenAccount" .) .Values.warden.credentials -}}
{{- end -}}
{{- if .Values.auditor.enabled -}}
{{- $_ := set $owners (include "lethe.auditorAccount" .) .Values.auditor.credentials -}}
{{- end -}}
{{- range $account, $sources := $owners -}}
{{- range $sources -}}
{{- $name := default (dig "volumeAttributes" "secretProviderClass" "" (default dict .csi)) .existingSecret -}}
{{- $kind := ternary "secret" "class" (not (empty .existingSecret)) -}}
{{- if $name -}}
{{- $id := printf "%s/%s" $kind $name -}}
{{- $_ := set $uses $id (dict "name" $name "kind" $kind "accounts" (append (dig $id "accounts" list $uses) $account | uniq | sortAlpha)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $list := list -}}
{{- range $id := keys $uses | sortAlpha -}}{{- $list = append $list (get $uses $id) -}}{{- end -}}
{{- toJson $list -}}
{{- end -}}

{{/* Who may be what, as JSON: the anonymizer, the warden, the auditor, and what the values add. */}}
{{- define "lethe.identities" -}}
{{- $controllers := .Values.admission.controllers -}}
{{- $list := list (dict
  "name" "anonymizer" "namespace" .Release.Namespace
  "podSelector" (include "lethe.selector" (list . "anonymizer") | fromYaml)
  "serviceAccounts" (list (include "lethe.anonymizerAccount" .)) "exclusive" true
  "creators" $controllers.statefulSet "editors" list "replicaSetMakers" list) -}}
{{- if .Values.warden.enabled -}}
{{- $list = append $list (dict
  "name" "warden" "namespace" .Release.Namespace
  "podSelector" (include "lethe.selector" (list . "warden") | fromYaml)
  "serviceAccounts" (list (include "lethe.wardenAccount" .)) "exclusive" true
  "creators" $controllers.replicaSet "editors" list "replicaSetMakers" $controllers.deployment) -}}
{{- end -}}
{{- if .Values.auditor.enabled -}}
{{- $list = append $list (dict
  "name" "auditor" "namespace" .Release.Namespace
  "podSelector" (include "lethe.selector" (list . "auditor") | fromYaml)
  "serviceAccounts" (list (include "lethe.auditorAccount" .)) "exclusive" true
  "creators" $controllers.replicaSet "editors" list "replicaSetMakers" $controllers.deployment) -}}
{{- end -}}
{{- range .Values.admission.identities -}}
{{- if has .name (list "anonymizer" "warden" "auditor") -}}
{{- fail (printf "admission.identities: choose another name than %s, which the chart makes itself" .name) -}}
{{- end -}}
{{- $list = append $list (merge (dict "exclusive" false "editors" (default list .editors) "replicaSetMakers" $controllers.deployment) .) -}}
{{- end -}}
{{- toJson $list -}}
{{- end -}}

{{/* Head of a policy. Call with (dict "root" $ "name" … "closes" …), where `closes` is the threat. */}}
{{- define "lethe.guardHead" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ include "lethe.clusterName" .root }}-{{ .name }}
  labels:
    {{- include "lethe.labels" (list .root "admission") | nindent 4 }}
  annotations:
    lethe/closes: {{ .closes | quote }}
{{- end -}}

{{/* The binding of a policy to namespaces, or to everything. Call with (dict "root" $ "name" … "namespaces" list). */}}
{{- define "lethe.guardBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ include "lethe.clusterName" .root }}-{{ .name }}
  labels:
    {{- include "lethe.labels" (list .root "admission") | nindent 4 }}
spec:
  policyName: {{ include "lethe.clusterName" .root }}-{{ .name }}
  validationActions: {{ toJson .root.Values.admission.actions }}
  {{- if .namespaces }}
  matchResources:
    namespaceSelector:
      matchExpressions:
        # The API server itself writes this label, and always the name.
        - key: kubernetes.io/metadata.name
          operator: In
          values: {{ toJson .namespaces }}
  {{- end }}
{{- end -}}
