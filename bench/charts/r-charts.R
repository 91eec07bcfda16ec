# Draws charts for `npm run bench charts` with R's base graphics, and writes what they show: Rscript r-charts.R OUT
out <- commandArgs(trailingOnly = TRUE)[1]
charts <- c()
set.seed(14)
crops <- c("Oats", "Rye", "Wheat", "Barley", "Flax", "Hemp")
numbers <- function(n) round(runif(n, 5, 95), 1)

cells <- function(names, values) paste0("{", paste0('"', names, '":', values, collapse = ","), "}")
note <- function(name, kind, values, range, log = FALSE, along = NULL) {
  charts <<- c(charts, sprintf('{"file":"%s.pdf","tool":"R","kind":"%s","range":[%s,%s],"log":%s,"values":{%s}%s}', name, kind,
    format(range[1], scientific = FALSE), format(range[2], scientific = FALSE), tolower(log), values,
    if (is.null(along)) "" else sprintf(',"along":[%s,%s]', along[1], along[2])))
}
page <- function(name) pdf(file.path(out, paste0(name, ".pdf")), width = 6, height = 4)

y <- numbers(5); page("r-bar"); barplot(y, names.arg = crops[1:5], ylab = "Tonnes", ylim = c(0, 100), main = "Yield by crop")
note("r-bar", "bar", paste0('"":', cells(crops[1:5], y)), c(0, 100)); dev.off()
y <- numbers(4); page("r-barh"); par(las = 1); barplot(y, names.arg = crops[1:4], xlab = "Tonnes", horiz = TRUE, xlim = c(0, 100), col = "steelblue")
note("r-barh", "barh", paste0('"":', cells(crops[1:4], y)), c(0, 100)); dev.off()
m <- rbind(numbers(4), numbers(4)); page("r-grouped")
barplot(m, beside = TRUE, names.arg = crops[1:4], col = c("grey30", "orange"), legend.text = c("North", "South"), args.legend = list(x = "topright", bty = "n"), ylim = c(0, 130))
note("r-grouped", "grouped", paste0('"North":', cells(crops[1:4], m[1, ]), ',"South":', cells(crops[1:4], m[2, ])), c(0, 130)); dev.off()
m <- rbind(numbers(4), numbers(4)); page("r-stacked")
barplot(m, names.arg = crops[1:4], col = c("grey30", "orange"), legend.text = c("North", "South"), args.legend = list(x = "topright", bty = "n"), ylim = c(0, 240))
note("r-stacked", "stacked", paste0('"North":', cells(crops[1:4], m[1, ]), ',"South":', cells(crops[1:4], m[2, ])), c(0, 240)); dev.off()
x <- 2015:2021; y <- numbers(7); page("r-line"); plot(x, y, type = "b", main = "Visitors of the bath", xlab = "Year", ylab = "Visitors", ylim = c(0, 100))
note("r-line", "line", paste0('"":', cells(x, y)), c(0, 100)); dev.off()
y <- numbers(7); z <- numbers(7); page("r-line-2"); plot(x, y, type = "l", main = "Visitors of two baths", xlab = "", ylab = "Visitors", ylim = c(0, 100), col = "red", lwd = 2)
lines(x, z, col = "blue", lwd = 2); legend("topright", c("North", "South"), col = c("red", "blue"), lwd = 2)
note("r-line-2", "line", paste0('"North":', cells(x, y), ',"South":', cells(x, z)), c(0, 100)); dev.off()
x <- round(sort(runif(9, 2, 48)), 1); y <- numbers(9); page("r-scatter"); plot(x, y, pch = 19, main = "Height of the trees by age", xlab = "Age", ylab = "Height", xlim = c(0, 50), ylim = c(0, 100))
note("r-scatter", "scatter", paste0('"":', cells(x, y)), c(0, 100), along = c(0, 50)); dev.off()
y <- numbers(4); page("r-pie"); pie(y, labels = crops[1:4]); note("r-pie", "pie", paste0('"":', cells(crops[1:4], 100 * y / sum(y))), c(0, 100)); dev.off()

writeLines(paste0("[", paste(charts, collapse = ",\n"), "]"), file.path(out, "r.json"))
