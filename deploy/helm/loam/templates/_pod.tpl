{{- define "loam.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "loam.labels" -}}
app.kubernetes.io/name: loam
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "loam.pod" -}}
terminationGracePeriodSeconds: 60
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: home
    emptyDir: { sizeLimit: {{ .Values.cache.sizeLimit }} }
{{- end -}}

{{- define "loam.container" -}}
image: {{ include "loam.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
envFrom:
  - secretRef: { name: {{ .Values.secretName | quote }} }
env:
  - name: LOAM_HOME
    value: /var/lib/loam
  {{- with .Values.ingress.hosts }}
  - name: LOAM_ALLOWED_HOSTS
    value: {{ join "," . | quote }}
  {{- end }}
volumeMounts:
  - name: home
    mountPath: /var/lib/loam
securityContext:
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
{{- end -}}
